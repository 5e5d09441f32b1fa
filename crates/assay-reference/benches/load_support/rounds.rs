//! Methods that take turns, and what comes of it.

use std::time::Instant;

use super::machine::Usage;

/// A way to load the file: times itself, then shows that it saw every byte.
pub(crate) struct Method<'a> {
    pub(crate) name: &'static str,
    pub(crate) run: Box<dyn FnMut(&mut Watch) + 'a>,
}

/// What one run took.
pub(crate) struct Watch {
    seconds: f64,
    usage: Usage,
}

impl Watch {
    /// Runs what is to be timed.
    pub(crate) fn time<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let (before, start) = (Usage::now(), Instant::now());
        let result = work();
        self.seconds = start.elapsed().as_secs_f64();
        self.usage = Usage::now().since(before);
        result
    }
}

/// Samples of all methods, by method, then by round.
pub(crate) struct Samples {
    names: Vec<&'static str>,
    seconds: Vec<Vec<f64>>,
    usage: Vec<Vec<Usage>>,
    bytes: usize,
}

/// Lets methods take turns; `before` is called before each sample.
pub(crate) fn rounds(
    count: usize,
    bytes: usize,
    mut methods: Vec<Method<'_>>,
    before: impl Fn(),
) -> Samples {
    let mut samples = Samples {
        names: methods.iter().map(|method| method.name).collect(),
        seconds: vec![Vec::new(); methods.len()],
        usage: vec![Vec::new(); methods.len()],
        bytes,
    };
    for round in 0..count {
        eprintln!("round {} of {count}", round + 1);
        for turn in 0..methods.len() {
            // Another one begins each round.
            let at = (round + turn) % methods.len();
            before();
            let mut watch = Watch { seconds: f64::NAN, usage: Usage::now() };
            (methods[at].run)(&mut watch);
            samples.seconds[at].push(watch.seconds);
            samples.usage[at].push(watch.usage);
        }
    }
    samples
}

impl Samples {
    /// Prints a line for each method: its rate, and how often that of each of
    /// `peers` that was measured, with what these are called for short; of the
    /// last one also by processor time, which says more than the clock when
    /// others are at work.
    pub(crate) fn print(&self, peers: &[(&str, &str)]) {
        let clock = peers.iter().map(|(peer, short)| (*peer, (*short).to_owned(), &self.seconds));
        let processor = self.processor();
        let by_processor = peers
            .last()
            .map(|(peer, short)| (*peer, format!("{short}, processor time"), &processor));
        let ratios: Vec<_> =
            clock.chain(by_processor).filter(|(peer, ..)| self.names.contains(peer)).collect();
        let heads: String = ratios.iter().map(|(_, short, _)| format!(" x {short} |")).collect();
        println!("| method | GB/s | quartiles |{heads} minor faults | user + system s |");
        println!("|---|---|---|{}---|---|", "---|".repeat(ratios.len()));
        for (at, name) in self.names.iter().enumerate() {
            let rate = |share: f64| {
                self.bytes as f64 / 1e9 / quantile(self.seconds[at].clone(), 1.0 - share)
            };
            let ratios: String = ratios
                .iter()
                .map(|(peer, _, times)| format!(" {:.2} |", self.ratio(at, peer, times)))
                .collect();
            let usage =
                |what: fn(&Usage) -> f64| quantile(self.usage[at].iter().map(what).collect(), 0.5);
            println!(
                "| {name} | {:.2} | {:.2} to {:.2} |{ratios} {:.0} | {:.2} + {:.2} |",
                rate(0.5),
                rate(0.25),
                rate(0.75),
                usage(|usage| usage.minor_faults as f64),
                usage(|usage| usage.user),
                usage(|usage| usage.system),
            );
        }
        println!();
    }

    fn processor(&self) -> Vec<Vec<f64>> {
        let times = |usage: &Vec<Usage>| usage.iter().map(|usage| usage.processor).collect();
        self.usage.iter().map(times).collect()
    }

    /// How many times as fast as the peer: the median of the rounds' ratios.
    fn ratio(&self, at: usize, peer: &str, times: &[Vec<f64>]) -> f64 {
        let peer = self.names.iter().position(|name| *name == peer).expect("it is a method");
        let pairs = times[peer].iter().zip(&times[at]);
        quantile(pairs.map(|(peer, own)| peer / own).collect(), 0.5)
    }
}

/// The value below which this share of them lies.
pub(crate) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}
