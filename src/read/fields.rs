//! The fields of a sweep table and the names that columns give them.

/// A field of the sweep table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Run,
    Params,
    Tokens,
    Loss,
    Step,
    Flops,
    UniqueTokens,
    Weight,
    Group,
    FixedParams,
    Schedule,
    FinalSparsity,
    InitialSparsity,
    PruneStart,
    PruneEnd,
    PruneUnit,
    PruneEvery,
    PrunePower,
    AverageParams,
    FinalParams,
    LearningRate,
    Vocabulary,
    PlannedTokens,
    PlannedSteps,
    TokensPerStep,
    SequenceLength,
    BatchSize,
    Samples,
}

/// Names of a field; aliases are normalised.
#[derive(Debug)]
pub(super) struct FieldInfo {
    /// Its name in the sweep table.
    pub(super) name: &'static str,
    /// Other names that mean the field and nothing else.
    pub(super) aliases: &'static [&'static str],
    /// Names that may mean something else.
    pub(super) weak_aliases: &'static [&'static str],
}

const fn info(
    name: &'static str,
    aliases: &'static [&'static str],
    weak_aliases: &'static [&'static str],
) -> FieldInfo {
    FieldInfo { name, aliases, weak_aliases }
}

/// One entry for each [`Field`], in the same order.
pub(super) const FIELDS: [FieldInfo; 28] = [
    info("run", &["runid", "runname", "experiment", "experimentid"], &["name", "model", "modelname", "id"]),
    info(
        "params",
        &[
            "param",
            "nparams",
            "numparams",
            "parameters",
            "nparameters",
            "numparameters",
            "paramcount",
            "parametercount",
            "modelsize",
            "modelparams",
            "totalparams",
            "nonembeddingparams",
            "nonembeddingparameters",
            "nonembedding",
            "nnonembedding",
            "numnonembedding",
            "initialparams",
            "totalparameters",
            "modelparameters",
            "trainableparams",
            "numtrainableparams",
            "nparamsnonembedding",
            "nparametersnonembedding",
            "numparametersnonembedding",
        ],
        &["n"],
    ),
    info(
        "tokens",
        &[
            "ntokens",
            "numtokens",
            "tokencount",
            "traintokens",
            "trainingtokens",
            "totaltokens",
            "tokensseen",
            "seentokens",
            "numtokensseen",
            "tokensprocessed",
            "trainedtokens",
            "numinputtokensseen",
            "trainnuminputtokensseen",
            "consumedtokens",
            "tokensconsumed",
            "throughputtotaltokens",
        ],
        &["d"],
    ),
    info(
        "loss",
        &[
            "valloss",
            "validloss",
            "evaluationloss",
            "finalvalloss",
            "celoss",
            "validationloss",
            "evalloss",
            "testloss",
            "finalloss",
            "crossentropy",
            "crossentropyloss",
            "lossnats",
            "nll",
            "nllloss",
            "devloss",
            "heldoutloss",
            "valcrossentropy",
            "evalcrossentropy",
            "validationcrossentropy",
            "validationlmloss",
            "logperplexity",
            "logppl",
        ],
        &[
            "trainloss",
            "trainingloss",
            "traincrossentropy",
            "traincrossentropyloss",
            "trainceloss",
            "reducedtrainloss",
            "trainreducedtrainloss",
            "lmloss",
            "l",
        ],
    ),
    info(
        "step",
        &[
            "steps",
            "nsteps",
            "numsteps",
            "trainsteps",
            "trainingsteps",
            "totalsteps",
            "globalstep",
            "trainglobalstep",
            "trainerglobalstep",
            "iteration",
            "iterations",
        ],
        &["iter"],
    ),
    info(
        "flops",
        &[
            "totalflops",
            "flop",
            "nflops",
            "numflops",
            "totalflop",
            "trainingflop",
            "trainflops",
            "trainingflops",
            "compute",
            "totalcompute",
            "trainingcompute",
            "gflops",
            "totalgflops",
            "throughputtotalgflops",
            "throughputtotaltraininggflops",
        ],
        &["c"],
    ),
    info("unique_tokens", &["nuniquetokens", "numuniquetokens", "uniqtokens"], &[]),
    info("weight", &["weights", "sampleweight"], &[]),
    info("group", &[], &[]),
    info("fixed_params", &["nfixedparams", "numfixedparams", "fixedparameters", "unprunableparams"], &[]),
    info("schedule", &["pruneschedule", "pruningschedule", "sparsityschedule"], &[]),
    info("final_sparsity", &["targetsparsity", "endsparsity"], &["sparsity"]),
    info("initial_sparsity", &["initsparsity", "startsparsity"], &[]),
    info("prune_start", &["pruningstart"], &[]),
    info("prune_end", &["pruningend"], &[]),
    info("prune_unit", &["pruningunit"], &[]),
    info("prune_every", &["pruningevery", "prunefrequency", "pruningfrequency"], &[]),
    info("prune_power", &["pruningpower"], &[]),
    info("average_params", &["avgparams", "averageparameters", "meanparams", "nbar", "navg"], &[]),
    info("final_params", &["finalparameters", "nfinal", "remainingparams"], &[]),
    info("learning_rate", &["lr", "learningrates"], &[]),
    info("vocabulary", &["vocab", "vocabsize", "vocabularysize", "nvocab"], &[]),
    info("planned_tokens", &["maxtokens", "targettokens", "tokenbudget"], &[]),
    info("planned_steps", &["maxsteps", "targetsteps"], &[]),
    info(
        "tokens_per_step",
        &["tokensperbatch", "batchsizetokens", "batchsizeintokens", "globalbatchtokens"],
        &[],
    ),
    info(
        "sequence_length",
        &[
            "seqlength",
            "seqlen",
            "maxseqlen",
            "maxseqlength",
            "maxsequencelength",
            "trainseqlen",
            "contextlength",
            "blocksize",
            "nctx",
        ],
        &[],
    ),
    // Sequences a step.
    info("batch_size", &["globalbatchsize", "trainbatchsize", "globaltrainbatchsize"], &[]),
    info("samples", &["consumedsamples", "consumedtrainsamples", "samplesseen"], &[]),
];

impl Field {
    /// All of them, in the order of [`FIELDS`].
    pub(super) const ALL: [Field; FIELDS.len()] = [
        Field::Run,
        Field::Params,
        Field::Tokens,
        Field::Loss,
        Field::Step,
        Field::Flops,
        Field::UniqueTokens,
        Field::Weight,
        Field::Group,
        Field::FixedParams,
        Field::Schedule,
        Field::FinalSparsity,
        Field::InitialSparsity,
        Field::PruneStart,
        Field::PruneEnd,
        Field::PruneUnit,
        Field::PruneEvery,
        Field::PrunePower,
        Field::AverageParams,
        Field::FinalParams,
        Field::LearningRate,
        Field::Vocabulary,
        Field::PlannedTokens,
        Field::PlannedSteps,
        Field::TokensPerStep,
        Field::SequenceLength,
        Field::BatchSize,
        Field::Samples,
    ];

    /// What a run has only once: the same on all of its rows.
    pub(super) const FACTS: [Field; 14] = [
        Field::Params,
        Field::FixedParams,
        Field::Group,
        Field::Schedule,
        Field::FinalSparsity,
        Field::InitialSparsity,
        Field::PruneStart,
        Field::PruneEnd,
        Field::PruneUnit,
        Field::PruneEvery,
        Field::PrunePower,
        Field::TokensPerStep,
        Field::SequenceLength,
        Field::BatchSize,
    ];

    /// What tells tokens of a run that does not give them.
    pub(super) const RATES: [Field; 4] =
        [Field::TokensPerStep, Field::SequenceLength, Field::BatchSize, Field::Samples];

    /// Its names.
    pub(super) fn info(self) -> &'static FieldInfo {
        &FIELDS[self as usize]
    }

    /// Its name in the sweep table.
    pub(super) fn name(self) -> &'static str {
        self.info().name
    }

    /// The field that goes by `name`, aliases included.
    pub(super) fn named(name: &str) -> Option<Field> {
        let name = normalise(name);
        let goes_by = |field: &Field| {
            let info = field.info();
            normalise(info.name) == name
                || info.aliases.contains(&&*name)
                || info.weak_aliases.contains(&&*name)
        };
        Field::ALL.into_iter().find(goes_by)
    }
}

/// A name without case, spaces, hyphens, underscores, slashes and points.
pub(super) fn normalise(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '-' | '_' | '/' | '.')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_names_is_in_the_order_of_the_fields_and_names_each_once() {
        let mut names: Vec<String> = Vec::new();
        for (position, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, position);
            let info = field.info();
            names.push(normalise(info.name));
            names.extend(info.aliases.iter().chain(info.weak_aliases).map(|alias| (*alias).to_owned()));
            assert_eq!(Field::named(info.name), Some(field));
        }
        for name in &names {
            assert_eq!(*name, normalise(name), "aliases are stored normalised");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name} is unique");
        }
    }
}
