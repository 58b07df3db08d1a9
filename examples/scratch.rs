use nbar::*;
fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap();
    let delta: f64 = args.next().map_or(1e-3, |s| s.parse().unwrap());
    let mut r = csv::Reader::from_path(&path).unwrap();
    let h = r.headers().unwrap().clone();
    let at = |n: &str| h.iter().position(|x| x == n);
    let (mut n, mut d, mut l) = (vec![], vec![], vec![]);
    for rec in r.records() {
        let rec = rec.unwrap();
        if let Some(i) = at("outlier") {
            if &rec[i] == "1" {
                continue;
            }
        }
        n.push(rec[at("params").unwrap()].parse().unwrap());
        d.push(rec[at("tokens").unwrap()].parse().unwrap());
        l.push(rec[at("loss").unwrap()].parse().unwrap());
    }
    let o = Observations::new(n, d, l).unwrap();
    for s in [optimize::Starts::Screened, optimize::Starts::Hoffmann] {
        let opt = FitOptions::default().with_delta(delta).with_starts(s).with_jobs(1);
        let t = std::time::Instant::now();
        let fit = fit_scaling_law(&o, &opt).unwrap();
        let e = t.elapsed();
        println!(
            "{s:?} {e:?} obj {:.16e} g {:.1e} {:?} {}/{} minima {}",
            fit.objective,
            fit.gradient_norm,
            fit.termination,
            fit.starts_at_optimum,
            fit.starts_tried,
            fit.minima.len()
        );
        println!("{:?}", fit.parameters);
        for m in fit.minima.iter().take(5) {
            println!("   {:.6e} {}", m.objective, m.starts);
        }
        for w in &fit.warnings {
            println!("  ! {w}");
        }
    }
    let fit = fit_scaling_law(&o, &FitOptions::default().with_jobs(1).with_delta(delta)).unwrap();
    for reps in [4000usize, 4000] {
        let t = std::time::Instant::now();
        let e = fit.bootstrap(&BootstrapOptions::default().with_replicates(reps)).unwrap();
        println!(
            "boot {:?} failed {} audited {} disagreed {}",
            t.elapsed(),
            e.failed,
            e.audited,
            e.disagreed
        );
        for p in ["E", "A", "B", "alpha", "beta"] {
            println!("{p} {:?}", e.parameter(p).unwrap());
        }
    }
}
