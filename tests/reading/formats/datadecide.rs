//! Tables of DataDecide: `params` (nominal: 150M), `data`, `seed`, `step`, and often `tokens` and `compute`; a run is

use nbar::{ReadOptions, Result, Sweep};

#[test]
fn runs_are_a_corpus_a_size_and_a_seed_and_perplexities_become_losses() -> Result<()> {
    let table = "params,data,seed,step,tokens,compute,eval/c4-validation/Perplexity\n\
                 150M,c4,0,1250,1e9,9e17,40.0\n150M,c4,0,2500,2e9,1.8e18,32.0\n\
                 150M,c4,1,2500,2e9,1.8e18,33.0\n1B,dolma,0,2500,2e9,1.2e19,20.0\n1B,dolma,0,0,0,0,50000\n";
    let sweep = Sweep::from_reader("ppl.csv", table.as_bytes(), &ReadOptions::default())?;
    let ids: Vec<&str> = sweep.runs().iter().map(|run| run.id()).collect();
    assert_eq!(ids, ["c4 150M 0", "c4 150M 1", "dolma 1B 0"]);
    let run = &sweep.runs()[0];
    assert_eq!((run.params, run.group(), run.checkpoints().len()), (1.5e8, Some("c4"), 2));
    assert_eq!(run.checkpoints()[1].loss, 32f64.ln());
    assert_eq!(sweep.sources()[0].format(), "DataDecide table");
    assert_eq!(sweep.rows_passed_over(), 1);
    Ok(())
}
