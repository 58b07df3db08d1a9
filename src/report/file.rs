//! Files that are written whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Error, Result};

/// Links that lead to links.
const MOST_LINKS: usize = 40;
/// Names of partial files begin with so much of the file's: names of 255 bytes are common at the most.
const STEM: usize = 200;
/// What they end with.
const PARTIAL: &str = ".partial";

/// Refuses a path to which [`replace`] cannot write, or at which something is that is not `ours`; `other` says so.
pub(crate) fn check(path: &Path, other: &str, ours: impl Fn(&[u8]) -> bool) -> Result<()> {
    let tried = target(path).and_then(|target| {
        let holds_more = || {
            let mut start = Vec::new();
            let read = File::open(&target).and_then(|file| file.take(256).read_to_end(&mut start));
            read.is_ok() && !start.is_empty() && !ours(&start)
        };
        if is_special(&target) {
            return Ok(());
        }
        if holds_more() {
            let problem = format!("it is there and {other}, so it is kept; name another file");
            return Err(io::Error::new(ErrorKind::AlreadyExists, problem));
        }
        let trial = beside(&target);
        File::create(&trial).and_then(|_| fs::remove_file(&trial))
    });
    tried.map_err(|source| Error::write(path.display().to_string(), source))
}

/// Writes a file beside `path` and renames it, so that an interruption leaves the old file. Links stay, and devices are
/// written to. Partial files that processes left which have ended are removed.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = target(path).and_then(|target| {
        if is_special(&target) {
            return OpenOptions::new().write(true).open(target).and_then(|mut file| file.write_all(bytes));
        }
        remove_stale(&target);
        let partial = beside(&target);
        let written = File::create(&partial)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| put(&partial, &target));
        written.inspect_err(|_| {
            // The error that counts is the first; a partial file that cannot be removed changes nothing.
            let _ = fs::remove_file(&partial);
        })
    });
    written.map_err(|source| Error::write(path.display().to_string(), source))
}

/// The file that a path leads to, through links, whether it is there or not; refused where that can be no file.
fn target(path: &Path) -> io::Result<PathBuf> {
    let refused = |kind, problem: &str| Err(io::Error::new(kind, problem));
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let text = target.as_os_str().to_string_lossy();
        let error = match fs::metadata(&target) {
            _ if text.is_empty() => {
                return refused(ErrorKind::InvalidInput, "its name is empty; name a file");
            }
            _ if text == "-" => {
                let problem = "stdout has the result, so '-' is no file; name one ('./-' is that file)";
                return refused(ErrorKind::InvalidInput, problem);
            }
            Ok(found) if found.is_dir() => {
                return refused(ErrorKind::IsADirectory, "it is a folder; name a file in it");
            }
            Ok(_) => {
                return fs::canonicalize(&target)
                    .map(|whole| if is_special(&target) { target } else { whole });
            }
            Err(found) => found,
        };
        match fs::read_link(&target) {
            Ok(to) => target = folder(&target).join(to),
            Err(_) if text.ends_with(std::path::is_separator) => {
                return refused(ErrorKind::NotADirectory, "its name ends as that of a folder; name a file");
            }
            Err(_) if !folder(&target).is_dir() => {
                return refused(ErrorKind::NotFound, "its folder does not exist");
            }
            // Its name is too long, or nobody may look.
            Err(_) if error.kind() != ErrorKind::NotFound => return Err(error),
            Err(_) => return Ok(target),
        }
    }
    refused(ErrorKind::InvalidInput, "its links lead nowhere; name a file")
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Puts a file in the place of another, with its permissions and owner. One of several names is written into, so that the
/// others stay names of it.
fn put(partial: &Path, target: &Path) -> io::Result<()> {
    let Ok(old) = fs::metadata(target) else { return fs::rename(partial, target) };
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        if old.nlink() > 1 {
            fs::copy(partial, target)?;
            return fs::remove_file(partial);
        }
        // Only root may give a file away; the file is then the writer's, as any new one.
        let _ = chown(partial, Some(old.uid()), Some(old.gid()));
    }
    fs::set_permissions(partial, old.permissions())?;
    fs::rename(partial, target)
}

/// Whether it is there and neither a file nor a folder: a device or a pipe.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// What names of files beside another begin with.
fn stem(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default();
    match name.to_string_lossy() {
        long if long.len() > STEM => {
            let end = (0..=STEM).rev().find(|at| long.is_char_boundary(*at)).unwrap_or(0);
            long[..end].into()
        }
        _ => name.to_owned(),
    }
}

/// A file beside another, of this call alone.
fn beside(target: &Path) -> PathBuf {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let mut name = stem(target);
    name.push(format!(".{}-{}{PARTIAL}", std::process::id(), CALLS.fetch_add(1, Ordering::Relaxed)));
    target.with_file_name(name)
}

/// Removes partial files of processes that ended too early to do so, where it can be told that they have.
fn remove_stale(target: &Path) {
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    let stem = stem(target);
    let is_stale = |name: &OsString| {
        let rest = name.to_str().zip(stem.to_str()).and_then(|(name, stem)| name.strip_prefix(stem));
        let numbers = rest.and_then(|rest| rest.strip_prefix('.')?.strip_suffix(PARTIAL)?.split_once('-'));
        numbers.is_some_and(|(process, call)| {
            let is_number = |text: &str| text.parse::<u32>().is_ok();
            is_number(process) && is_number(call) && !processes.join(process).exists()
        })
    };
    for entry in fs::read_dir(folder(target)).into_iter().flatten().flatten() {
        if is_stale(&entry.file_name()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
