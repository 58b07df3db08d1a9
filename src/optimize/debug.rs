#[test]
fn debug() {
    use crate::*;
    let law: std::sync::Arc<dyn law::Law> = std::sync::Arc::new(law::chinchilla());
    for (t, s) in [("t5_c4_sparse.csv", "average"), ("t5_c4_sparse.csv", "final")] {
        let sweep = Sweep::from_csv_path(format!("data/{t}")).unwrap();
        let o = sweep.observations(&ObservationOptions::default().with_size(s.parse().unwrap())).unwrap();
        let ob = crate::objective::Objective::new(&law, &o, 1e-3).unwrap();
        let fit = fit_scaling_law(&o, &FitOptions::default()).unwrap();
        let fitted: Vec<f64> = fit.options.law.parameters().iter().zip(&fit.parameters).map(|(p, v)| p.to_fitted(*v)).collect();
        let opt = ob.centred(&fitted);
        let mut scratch = ob.clone();
        let mut p = super::Polisher::new(&ob);
        println!("{t} {s}");
        for i in 0..200u64 {
            let mut rng = crate::bootstrap::stream(0, i);
            let mut c = vec![0u32; o.len()];
            for _ in 0..o.len() { c[crate::bootstrap::below(&mut rng, o.len())] += 1; }
            ob.resample(&c, &mut scratch);
            let m = p.polish(&scratch, &opt);
            if !m.termination.is_converged() { println!("REP {i} {:.9e} {:?} g {:.1e} ev {} th {:.3?} shares {:.9?}", m.objective, m.termination, m.gradient, m.evaluations, m.theta, scratch.largest_shares(&m.theta)); }
        }
    }
    let sweep = Sweep::from_csv_path("data/chinchilla.csv").unwrap();
    let o = sweep.observations(&ObservationOptions::default()).unwrap();
    let ob = crate::objective::Objective::new(&law, &o, 1e-3).unwrap();
    let mut p = super::Polisher::new(&ob);
    for st in super::starts::hoffmann().iter().step_by(17) {
        let m = super::search::descend(&ob, &mut p, &ob.centred(st));
        if m.objective > 1.83e-3 { println!("HOF {:.9e} {:?} g {:.1e} ev {} th {:.3?} shares {:.9?}", m.objective, m.termination, m.gradient, m.evaluations, m.theta, ob.largest_shares(&m.theta)); }
    }
}
