//! Texts and names of runs that say that these are networks of experts, of whose parameters a token meets a part.

use super::super::cells::is_no;
use super::super::columns::is_whether;
use crate::run::{About, Doubtful};

/// Columns whose texts may say it.
#[derive(Debug, Default)]
pub(super) struct ExpertTexts(Vec<Texts>);

#[derive(Debug)]
struct Texts {
    column: usize,
    /// Whether its name asks if a run is one.
    is_asked: bool,
    last: String,
    doubtful: Doubtful,
}

impl ExpertTexts {
    /// Those of these columns, beside parameters that the last chooses.
    pub(super) fn new<'a>(columns: impl Iterator<Item = (usize, &'a str)>, remedy: String) -> Self {
        let about = || About::Experts { remedy: remedy.clone() };
        let of = |(column, header): (usize, &str)| Texts {
            column,
            is_asked: is_whether(header),
            last: String::new(),
            doubtful: Doubtful::new(header, about()),
        };
        Self(columns.map(of).collect())
    }

    pub(super) fn note<'a>(&mut self, cell: impl Fn(usize) -> &'a str) {
        self.0.retain_mut(|texts| {
            let cell = cell(texts.column);
            if cell == texts.last {
                return true;
            }
            // Other numbers are no texts; a size may be a name.
            if !texts.is_asked && cell.parse::<f64>().is_ok() {
                return false;
            }
            texts.last.clear();
            texts.last.push_str(cell);
            if tells_experts(cell) || (texts.is_asked && !is_no(cell) && cell != "0") {
                texts.doubtful.note(cell);
                texts.doubtful.is_told = true;
            }
            true
        });
    }

    /// What the first of them says: others repeat it.
    pub(super) fn finish(self) -> Option<Doubtful> {
        self.0.into_iter().map(|texts| texts.doubtful).find(|doubtful| doubtful.is_told)
    }
}

/// Whether a text says that a run is a network of experts: `8x7B`, `30B-A3B`, `64e-top8`, `moe_1b`.
fn tells_experts(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    if words.iter().any(|word| ["dense", "no", "non", "not", "without", "vs"].contains(word)) {
        return false;
    }
    let count = |word: &str| word.parse().is_ok_and(|count: u32| count > 1);
    let is_size =
        |word: &str| word.strip_suffix(['b', 'm']).is_some_and(|number| number.parse::<f64>().is_ok());
    let says = |word: &&str| {
        word.starts_with("moe")
            || word.ends_with("moe")
            || word.contains("expert")
            || word.split_once('x').is_some_and(|(experts, size)| count(experts) && is_size(size))
    };
    let is_count = |word: &&str| {
        ["e", "experts"].iter().any(|end| word.strip_suffix(end).is_some_and(count))
            || word.strip_prefix('e').is_some_and(count)
    };
    let is_top = |word: &&str| {
        let rest = word.strip_prefix("top").map(|rest| rest.trim_start_matches('k'));
        rest.is_some_and(|rest| rest.is_empty() || rest.parse::<u32>().is_ok())
    };
    let is_active = |pair: &[&str]| is_size(pair[0]) && pair[1].strip_prefix('a').is_some_and(is_size);
    words.iter().any(says)
        || words.windows(2).any(is_active)
        || (words.iter().any(is_count) && words.iter().any(is_top))
}

#[cfg(test)]
mod tests {
    use super::tells_experts;

    #[test]
    fn texts_say_that_a_run_is_a_network_of_experts() {
        for text in [
            "8x7B",
            "Mixtral-8x22B-v0.1",
            "Qwen3-30B-A3B",
            "1.3B-A0.4B",
            "64e-top8",
            "70M_e64_top2",
            "OLMoE-1B-7B",
            "moe",
            "moe_70m",
            "deepseekmoe",
            "8 experts",
        ] {
            assert!(tells_experts(text), "{text}");
        }
        for text in [
            "",
            "dense",
            "70M",
            "no_moe",
            "moe-vs-dense/dense-70M",
            "70M-3e",
            "70M-8e",
            "2x",
            "0x7B",
            "8xA100",
            "1e9",
            "chinchilla-70B",
            "70B-awq",
            "top1",
            "70M-e2e",
            "run 30b a",
            "smoke",
        ] {
            assert!(!tells_experts(text), "{text}");
        }
    }
}
