//! Links between the pages lead somewhere.

use std::fs;
use std::path::Path;

use crate::page::{PAGES, ROOT};

/// The name under which a heading is linked to: small letters, digits and hyphens for spaces.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|&c| c.is_alphanumeric() || c == ' ' || c == '-' || c == '_');
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// What is wrong with a link of a page.
fn problem(page: &str, link: &str) -> Option<String> {
    let (file, place) = link.split_once('#').unwrap_or((link, ""));
    let here = Path::new(ROOT).join(page);
    let path = if file.is_empty() { here.clone() } else { here.parent()?.join(file) };
    if !path.exists() {
        return Some(format!("{page}: nothing at {link}"));
    }
    let text = if place.is_empty() { return None } else { fs::read_to_string(path).unwrap_or_default() };
    let has = text.lines().any(|line| line.starts_with('#') && anchor(line) == place);
    (!has).then(|| format!("{page}: no heading for {link}"))
}

#[test]
fn links_lead_to_files_and_headings_that_are_there() {
    let mut problems = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(Path::new(ROOT).join(page)).expect("the page is there");
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        problems.extend(links.filter(|link| !link.contains("://")).filter_map(|link| problem(page, link)));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn headings_are_linked_to_as_they_are_shown() {
    assert_eq!(anchor("## 7. Polish, and what \"stationary\" means"), "7-polish-and-what-stationary-means");
    assert!(problem("README.md", "docs/nowhere.md").is_some() && problem("README.md", "#nowhere").is_some());
    assert_eq!(problem("README.md", "docs/guide.md#exit-codes"), None);
}
