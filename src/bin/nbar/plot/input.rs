//! What a figure is drawn from: each file is a saved fit, a document or a sweep, as its ending and its schema say.

use std::io::Read;
use std::path::{Path, PathBuf};

use nbar::report::Report;
use nbar::{Error, ReadOptions, Result, Sweep};

use crate::host::{host, read};

/// What the files are.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Saved fits, each with its file's name.
    pub(super) fits: Vec<(String, Report)>,
    /// Documents, each with its schema's name.
    documents: Vec<(String, String)>,
    sweeps: Vec<Sweep>,
}

/// What tells a saved fit from what a command printed.
#[derive(serde::Deserialize)]
struct Head {
    schema: Option<String>,
    observations: Option<serde::de::IgnoredAny>,
    constants: Option<serde::de::IgnoredAny>,
}

impl Inputs {
    pub(super) fn read(files: &[PathBuf]) -> Result<Self> {
        let mut inputs = Self::default();
        files.iter().try_for_each(|path| inputs.add(path))?;
        let paths: Vec<String> = inputs.fits.iter().map(|(path, _)| path.clone()).collect();
        inputs.fits.iter_mut().for_each(|(name, _)| *name = told_apart(name, &paths));
        Ok(inputs)
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        let (name, is_stdin) = (path.display().to_string(), path.as_os_str() == "-");
        let host = host();
        if let Some(report) = host.as_ref().and_then(|host| host.fit(&name)) {
            self.fits.push((name, report));
            return Ok(());
        }
        let is_json = is_stdin || path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        if !is_json {
            self.sweeps.push(sweep(path)?);
            return Ok(());
        }
        let shown = if is_stdin { "<stdin>" } else { &name };
        let bytes = if is_stdin {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else if let Some(mut text) = host.and_then(|host| host.open(&name)) {
            let mut bytes = Vec::new();
            text.read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(path)
        };
        let bytes = bytes.map_err(|source| Error::read(shown, source))?;
        // Several documents of one command are an array.
        let listed = || serde_json::from_slice(&bytes).ok().and_then(|all: Vec<Head>| all.into_iter().next());
        let head: Option<Head> = serde_json::from_slice(&bytes).ok().or_else(listed);
        let schema = head.as_ref().and_then(|head| head.schema.as_deref()).unwrap_or_default();
        let kind = schema.strip_prefix("nbar.").and_then(|schema| schema.split('/').next());
        let is_saved =
            head.as_ref().is_some_and(|head| head.observations.is_some() || head.constants.is_some());
        // A document that breaks off still says what it is.
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).into_owned();
        let broken = start.split_once("\"nbar.").and_then(|(_, rest)| rest.split('/').next());
        if let Some(kind) = broken.filter(|kind| head.is_none() && *kind != "fit") {
            let problem = format!("{shown} is a document of nbar {kind} that is broken off, or was changed");
            return Err(refused(&problem, "write it again, and give all of it"));
        }
        match kind {
            Some(kind) if kind != "fit" || !is_saved => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                self.documents.push((kind.to_owned(), text));
            }
            _ if head.is_some() && schema.is_empty() && !is_stdin => {
                self.sweeps.push(Sweep::from_path(path)?)
            }
            _ => {
                let name = name.trim_end_matches(".json").trim_end_matches(".fit");
                self.fits.push((name.to_owned(), Report::from_json(shown, &bytes)?));
            }
        }
        Ok(())
    }

    fn count(&self) -> usize {
        self.fits.len() + self.documents.len() + self.sweeps.len()
    }

    /// The only file, a saved fit.
    pub(super) fn fit(&self) -> Result<&Report> {
        match &self.fits[..] {
            [(_, report)] if self.count() == 1 => Ok(report),
            _ => Err(refused("this kind is drawn from one saved fit", "give one that nbar fit -o wrote")),
        }
    }

    /// Saved fits alone.
    pub(super) fn named_fits(&self) -> Result<Vec<(&str, &Report)>> {
        if self.fits.len() < self.count() {
            return Err(refused(
                "forest is drawn from saved fits alone",
                "give files that nbar fit -o wrote",
            ));
        }
        Ok(self.fits.iter().map(|(name, report)| (name.as_str(), report)).collect())
    }

    pub(super) fn fit_with_profile(&self) -> Result<(&Report, Option<&str>)> {
        let profile = self.documents.iter().find(|(kind, _)| kind == "fit").map(|(_, text)| text.as_str());
        match &self.fits[..] {
            [(_, report)] if self.count() == 1 + usize::from(profile.is_some()) => Ok((report, profile)),
            _ => Err(refused(
                "bootstrap is drawn from one saved fit, and the document of its profiles if there is one",
                "give what nbar fit -o wrote; `profile=true` with `format=json` prints the document",
            )),
        }
    }

    pub(super) fn fit_with_sweep(&self) -> Result<(&Report, Option<&Sweep>)> {
        match (&self.fits[..], &self.sweeps[..]) {
            ([(_, report)], []) if self.count() == 1 => Ok((report, None)),
            ([(_, report)], [sweep]) if self.count() == 2 => Ok((report, Some(sweep))),
            _ => Err(refused(
                "curves is drawn from one saved fit, and one file of its sweep if there is one",
                "give what nbar fit -o wrote, and the file that was fitted",
            )),
        }
    }

    /// The only file, a document of this schema, which a command prints.
    pub(super) fn document(&self, schema: &str) -> Result<&str> {
        let command = if schema == "first-runs" { "design" } else { schema };
        match &self.documents[..] {
            [(_, text)] if self.count() == 1 => Ok(text),
            _ => Err(refused(
                &format!("{command} is drawn from one JSON document of nbar {command}"),
                &format!("write it with nbar {command} and `format=json`"),
            )),
        }
    }

    /// The only file, a sweep.
    pub(super) fn sweep(&self) -> Result<&Sweep> {
        match &self.sweeps[..] {
            [sweep] if self.count() == 1 => Ok(sweep),
            _ => Err(refused("schedule is drawn from one file of a sweep", "give it, and `run=ID`")),
        }
    }
}

/// A sweep of any known format.
fn sweep(path: &Path) -> Result<Sweep> {
    let options = ReadOptions::default();
    read(path, |name, text| Sweep::from_reader(name, text, &options), |path| Sweep::from_path(path))
}

fn refused(problem: &str, remedy: &str) -> Error {
    Error::unanswerable("figure", problem, remedy)
}

/// The end of a path that no other of these has.
fn told_apart(path: &str, all: &[String]) -> String {
    let parts = |path: &str| path.split(['/', '\\']).map(str::to_owned).collect::<Vec<_>>();
    let own = parts(path);
    let end = |count: usize| own[own.len() - count..].to_vec();
    let is_others = |end: &Vec<String>| all.iter().any(|other| other != path && parts(other).ends_with(end));
    let ends = (1..=own.len()).map(end);
    ends.into_iter().find(|end| !is_others(end)).unwrap_or(own.clone()).join("/")
}

#[cfg(test)]
mod tests {
    use super::told_apart;

    #[test]
    fn names_have_as_much_of_a_path_as_tells_them_apart() {
        let all = ["runs/a/sweep", "runs/b/sweep", "other"].map(str::to_owned);
        assert_eq!(all.each_ref().map(|path| told_apart(path, &all)), ["a/sweep", "b/sweep", "other"]);
        assert_eq!(told_apart("sweep", &["sweep".to_owned(), "a/sweep".to_owned()]), "sweep");
    }
}
