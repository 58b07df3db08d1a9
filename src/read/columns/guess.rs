//! Which column is meant where none has the name: what a message proposes, and nothing reads.

use super::super::fields::{Field, edit_distance, normalise};
use super::super::measure::{is_of_start, is_of_training, words};
use super::super::row::Rows;
use super::super::scale::{is_of_all, of_header, without_unit};
use super::super::text::{last, shown_list};
use super::super::unread::is_of_pruning;
use super::experts::is_active;
use super::recognise::is_made;
use super::{Columns, chosen};
use crate::{Result, units};

/// Parts of the names of measures that are no losses, and grow where a loss falls.
const NO_LOSSES: [&str; 6] = ["acc", "score", "auc", "bleu", "reward", "f1"];

/// Words of names that say a part or a unit of a thing, or what it is called: not the thing itself.
const NOT_ITSELF: [&str; 43] = [
    "kept",
    "left",
    "remaining",
    "pruned",
    "active",
    "per",
    "fraction",
    "share",
    "err",
    "error",
    "batch",
    "microbatch",
    "embedding",
    "embeddings",
    "emb",
    "embed",
    "d",
    "dim",
    "layers",
    "heads",
    "kb",
    "mb",
    "gb",
    "tb",
    "bytes",
    "time",
    "name",
    "type",
    "path",
    "id",
    "dataset",
    "tag",
    "family",
    "arch",
    "architecture",
    "version",
    "variant",
    "class",
    "kind",
    "expert",
    "experts",
    "context",
    "window",
];
/// The same of tokens: what a run is measured on, and what it may have.
const NOT_TRAINED: [&str; 13] = [
    "eval",
    "evaluation",
    "val",
    "valid",
    "validation",
    "test",
    "heldout",
    "max",
    "limit",
    "visual",
    "vision",
    "image",
    "audio",
];

/// At most so many columns are proposed for a field.
const MOST_PROPOSED: usize = 4;

/// What things are counted by, behind a slash.
const EACH: [&str; 21] = [
    "s",
    "sec",
    "second",
    "min",
    "hour",
    "hr",
    "day",
    "param",
    "parameter",
    "worker",
    "step",
    "steps",
    "iter",
    "iteration",
    "it",
    "update",
    "batch",
    "gpu",
    "device",
    "node",
    "rank",
];

impl Columns {
    /// The header that looks most like `name`, if any does.
    pub(in crate::read) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(self.headers.iter().map(String::as_str), name)
    }

    /// The headers that are most likely meant by a field.
    pub(super) fn guess(&self, field: Field) -> Vec<&str> {
        let taken: Vec<usize> = self.by_field.iter().flatten().map(|&(index, _)| index).collect();
        let is_free = |index: &usize| !taken.contains(index) && !self.not.contains(&(field, *index));
        let free = self.headers.iter().enumerate().filter(|(index, _)| is_free(index));
        let itself = free
            .filter(|(_, header)| {
                says_itself(&without_unit(header).0) && is_of_all(header) && !is_of_pruning(header)
            })
            .map(|(_, header)| header);
        let mut free: Vec<(String, &String)> = itself.map(|header| (normalise(header), header)).collect();
        if field == Field::Loss {
            free.retain(|(name, _)| !NO_LOSSES.iter().any(|part| name.contains(part)));
            free.retain(|(_, header)| !is_of_start(header));
            // Losses of evaluations go before those of training, and of several of them a person chooses.
            let is_loss = |name: &str| name.contains("loss");
            let others = |free: &[(String, &String)]| {
                free.iter().filter(|(name, header)| is_loss(name) && !is_of_training(header)).count()
            };
            match others(&free) {
                0 => {}
                1 => free.retain(|(_, header)| !is_of_training(header)),
                _ => return Vec::new(),
            }
        }
        if field == Field::Tokens {
            free.retain(|(_, header)| !words(header).iter().any(|word| NOT_TRAINED.contains(&word.as_str())));
        }
        // A folder may be called `model`.
        if field != Field::Loss {
            let bare =
                |header: &str| normalise(if header.contains(['(', '[']) { header } else { last(header) });
            free.iter_mut().for_each(|(name, header)| *name = bare(header));
        }
        let parts: &[&str] = match field {
            Field::Params => &["param", "size", "weights", "model"],
            Field::Tokens => &["tok", "data"],
            Field::Loss => &["loss", "nll", "xent", "crossentropy", "val", "eval"],
            _ => &[],
        };
        let with = |part: &&str| {
            let found =
                free.iter().filter(|(name, _)| name.contains(part)).map(|(_, header)| header.as_str());
            let found: Vec<&str> = found.collect();
            (!found.is_empty()).then_some(found)
        };
        let near = || nearest(free.iter().map(|(_, header)| header.as_str()), field.name());
        let found: Vec<_> = parts.iter().filter_map(with).collect();
        match found.iter().find(|found| found.len() == 1) {
            Some(one) => one.clone(),
            None => near().map(|near| vec![near]).or_else(|| found.into_iter().next()).unwrap_or_default(),
        }
    }

    /// A column that has the field's name in short, or in a unit, and a number in this row.
    pub(in crate::read) fn in_place_of(&self, field: Field, row: &impl Rows) -> Option<&str> {
        let info = field.info();
        let is = |index: &usize| {
            let (name, header) = (&self.normal[*index], &self.headers[*index]);
            let is_named = info.is_alias(name) || info.is_weak_alias(name);
            (is_named || of_header(field, header).is_some()) && units::number(row.cell(*index)).is_some()
        };
        (0..self.headers.len())
            .filter(|index| self.field_of(*index).is_none())
            .find(is)
            .map(|index| &*self.headers[index])
    }

    /// Columns that may be the tokens.
    pub(super) fn may_be_tokens(&self) -> Vec<&str> {
        const OTHERS: [&str; 8] =
            ["tokeniz", "tokenis", "unique", "vocab", "warmup", "types", "special", "pad"];
        const OF_DATA: [&str; 5] = ["datasize", "datasetsize", "datasetsz", "databudget", "dataamount"];
        let may_be = |header: &str| {
            let (bare, unit) = without_unit(header);
            let (bare, name) = (bare.to_lowercase(), normalise(header));
            let amount = normalise(&bare);
            if OF_DATA.contains(&&*amount) || (unit >= 1e6 && matches!(&*amount, "data" | "dataset")) {
                return true;
            }
            says_itself(bare.strip_suffix("(tokens)").unwrap_or(&bare))
                && is_of_all(header)
                && name.contains("tok")
                && !OTHERS.iter().any(|other| name.contains(other))
                && !words(header).iter().any(|word| NOT_TRAINED.contains(&word.as_str()))
        };
        let is_free =
            |index: &usize| self.field_of(*index).is_none() && !self.not.contains(&(Field::Tokens, *index));
        let free = (0..self.headers.len()).filter(is_free);
        free.map(|index| &*self.headers[index]).filter(|header| may_be(header)).collect()
    }

    /// Losses of several runs in one row, or of several evaluations.
    fn losses(&self) -> Vec<&str> {
        let is_loss = |header: &&str| {
            let name = normalise(header);
            name.contains("loss") && !NO_LOSSES.iter().any(|part| name.contains(part))
        };
        self.headers.iter().map(String::as_str).filter(is_loss).collect()
    }

    /// A column of a field's logarithms, and the base.
    fn logarithms_of(&self, field: Field) -> Option<(&str, &'static str)> {
        const BASES: [(&str, &str); 3] = [("log10", "10"), ("log2", "2"), ("ln", "e")];
        self.headers.iter().zip(&self.normal).find_map(|(header, name)| {
            let (word, base) = BASES.iter().find(|(word, _)| name.starts_with(word))?;
            let rest = name[word.len()..].trim_matches(['(', ')']);
            let info = field.info();
            let is = rest == info.name || info.is_alias(rest) || info.is_weak_alias(rest);
            is.then_some((header.as_str(), *base))
        })
    }

    /// What to write in place of a name that no column has.
    pub(in crate::read) fn instead_of(&self, name: &str) -> String {
        // The name of a thing is no slip of another's.
        match self.nearest(name).filter(|_| Field::named(name).is_none()) {
            Some(near) => format!("write '{near}' if that is meant"),
            None => format!("choose one of {}", shown_list(&self.headers)),
        }
    }

    pub(super) fn require(&self, field: Field, or: &str) -> Result<()> {
        if self.index(field).is_some() {
            return Ok(());
        }
        let name = field.name();
        if let Some((header, base)) = self.logarithms_of(field).filter(|_| field != Field::Loss) {
            let remedy = format!("'{header}' has logarithms: add a column `{name}` of {base} to that power");
            return Err(self.no_column(name, remedy));
        }
        // Of a network of experts a person chooses.
        let active = self.headers.iter().find(|header| field == Field::Params && is_active(header));
        let say = |header: &str| format!("`columns: {}`", chosen(name, header));
        let remedy = match (&self.guess(field)[..], &self.losses()[..]) {
            ([near], _) => match active.filter(|active| active != near) {
                Some(active) => format!("choose one: {} or {}{or}", say(active), say(near)),
                None => format!("if '{near}' is meant, say {}{or}", say(near)),
            },
            (several, _) if (2..=MOST_PROPOSED).contains(&several.len()) => {
                let each: Vec<String> = several.iter().map(|header| say(header)).collect();
                let sum = match field {
                    Field::Loss => String::new(),
                    _ => format!(", or add a column `{name}` of their sum where they are parts of it"),
                };
                format!("choose one: {}{sum}{or}", each.join(" or "))
            }
            (_, losses) if field == Field::Loss && losses.len() > 1 => format!(
                "several columns have losses: if they are of several runs, give each run a row of its own; else choose one with {}{or}",
                say("NAME")
            ),
            _ => format!("say which it is with `columns: {name}=NAME`{or}"),
        };
        Err(self.no_column(name, remedy))
    }
}

/// The header that looks most like `name`, if any does.
fn nearest<'a>(headers: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let name = normalise(name);
    let distance = |header: &str| edit_distance(&normalise(header), &name);
    let nearest = headers.filter(|header| !header.is_empty()).min_by_key(|header| distance(header))?;
    (distance(nearest) <= 1 + name.chars().count() / 4).then_some(nearest)
}

/// What a name says a thing is counted by: the step of `tokens_per_step`, the gpu of `tokens/gpu`.
pub(super) fn each(header: &str) -> Option<&'static str> {
    let mut spaced = String::new();
    for letter in header.chars() {
        // `tokensPerGpu` has words too.
        if letter.is_uppercase() && spaced.ends_with(char::is_lowercase) {
            spaced.push(' ');
        }
        spaced.push(letter);
    }
    let spaced = spaced.to_lowercase();
    let behind_slash = spaced.rsplit_once('/').map(|(_, last)| last.trim());
    let mut words = spaced.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).rev();
    let (last, before) = (words.next(), words.next());
    EACH.iter()
        .copied()
        .find(|each| behind_slash == Some(*each) || (before == Some("per") && last == Some(*each)))
}

/// Whether a name may be that of a thing itself, in its own unit.
pub(super) fn says_itself(header: &str) -> bool {
    let header = header.to_lowercase();
    // Tokens a parameter are neither; nor are those a second or a step tokens.
    let is_each = header.rsplit_once('/').is_some_and(|(_, last)| EACH.contains(&last.trim()));
    if is_each || (header.contains('/') && header.contains("param") && header.contains("tok")) {
        return false;
    }
    let mut words = header.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let in_brackets = header.contains(['(', '[', '%']);
    let itself = ["-", "_", " ", ""].iter().fold(header.clone(), |name, between| {
        name.replace(&format!("non{between}embedding"), "").replace(&format!("non{between}emb"), "")
    });
    let is_not = |word: &str| NOT_ITSELF.contains(&word) && itself.contains(word);
    !in_brackets && !is_made(&header) && !words.any(is_not)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_a_thing_or_something_of_it() {
        for header in
            ["c4_val", "n_params_b2", "model size", "my_tokens", "Non-embedding params", "nparams", "c4-nll"]
        {
            assert!(says_itself(header), "{header}");
        }
        for header in [
            "flops_per_token",
            "tokens_per_param",
            "batch_tokens",
            "log_tokens",
            "log10 params",
            "tokens (GB)",
            "d_model",
            "embedding_params",
            "excess_loss",
            "log_loss",
            "loss (nats/byte)",
            "loss_x100",
            "loss_std",
            "dataset",
            "tok/s",
            "tokens / step",
        ] {
            assert!(!says_itself(header), "{header}");
        }
    }
}
