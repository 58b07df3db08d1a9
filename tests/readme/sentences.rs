//! Sentences that can be read once and understood: never more than 40 words.

use std::fs;
use std::path::Path;

use crate::page::{PAGES, ROOT};

/// Most words of a sentence.
const MOST: usize = 40;

#[test]
fn no_sentence_is_longer_than_forty_words() {
    let long = |name: &&str| {
        let text = fs::read_to_string(Path::new(ROOT).join(name)).expect("the page is there");
        let sentences = sentences(&text).into_iter().filter(|sentence| words(sentence) > MOST);
        sentences
            .map(|sentence| format!("{name}, {} words: {sentence}", words(&sentence)))
            .collect::<Vec<_>>()
    };
    let found: Vec<String> = PAGES.iter().flat_map(long).collect();
    assert!(found.is_empty(), "{} sentences are too long:\n\n{}", found.len(), found.join("\n\n"));
}

fn words(sentence: &str) -> usize {
    sentence.split_whitespace().count()
}

/// The sentences of a page: without blocks of code, tables and headings; parted after `.`, `!`, `?` and `:`, at empty
/// lines and at the items of lists.
fn sentences(text: &str) -> Vec<String> {
    let (mut found, mut sentence, mut is_code) = (Vec::new(), String::new(), false);
    for line in text.lines().map(str::trim) {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        let is_prose = !(is_code || is_fence || line.starts_with(['|', '#']));
        let item = line.strip_prefix("- ");
        if !is_prose || item.is_some() || line.is_empty() {
            found.push(std::mem::take(&mut sentence));
        }
        for word in item.unwrap_or(line).split_whitespace().filter(|_| is_prose) {
            sentence.extend([word, " "]);
            let bare = word.trim_end_matches(['*', ')', '"']);
            if bare.ends_with(['.', '!', '?', ':']) && bare != "al." {
                found.push(std::mem::take(&mut sentence));
            }
        }
    }
    found.push(sentence);
    found.retain(|sentence| !sentence.is_empty());
    found
}

#[test]
fn sentences_are_counted_as_people_read_them() {
    let text = "# Not this one\n**One two.** Three\nfour: A et al. (2025) five\n\n- six\n- seven\n  eight\n\n\
                | a | table |\n```sh\ncode here\n```\n`nine` ten";
    let counted: Vec<usize> = sentences(text).iter().map(|sentence| words(sentence)).collect();
    assert_eq!(counted, [2, 2, 5, 1, 2, 2]);
}
