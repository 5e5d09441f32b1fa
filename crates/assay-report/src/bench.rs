//! What a bench found: as a table for a terminal, as charts.

mod chart;

use assay_protocol::bench::{BenchReport, Cache, Row, Work};
use assay_protocol::message::BenchWork;

use crate::text::units::thousands;
use crate::text::visible;

pub use chart::{ChartError, chart};

/// Longest id or reason that is shown.
const LONG: usize = 90;

/// The works one after the other; in each the machine first, then the fastest.
pub fn to_terminal(report: &BenchReport) -> String {
    let mut out = String::new();
    for work in &report.works {
        out.push_str(&title(work));
        let mut rows: Vec<&Row> = work.rows.iter().filter(|row| row.failure.is_none()).collect();
        rows.sort_by(|a, b| {
            b.ceiling.cmp(&a.ceiling).then(a.wall.median.total_cmp(&b.wall.median))
        });
        out.push_str(HEAD);
        let ceiling = rows.iter().find(|row| row.ceiling).map(|row| row.wall.median);
        for row in rows {
            out.push_str(&line(work, row, ceiling));
        }
        for row in work.rows.iter().filter(|row| row.failure.is_some()) {
            let why = row.failure.as_deref().unwrap_or_default();
            out.push_str(&format!("  {:<34} no number: {}\n", name(row), visible::line(why, LONG)));
        }
        out.push('\n');
    }
    for (id, why) in &report.not_timed {
        out.push_str(&format!("not timed: {id}: {}\n", visible::line(why, LONG)));
    }
    out
}

const HEAD: &str = "                                          ms    quartiles      GB/s  ratio  returned   MiB   faults  cpu ms\n";

fn title(work: &Work) -> String {
    let what = match work.what {
        BenchWork::Load => "every byte of all tensors",
        BenchWork::Header => "the names of all tensors",
        BenchWork::Tensor => "every byte of one tensor",
    };
    format!(
        "{}: {what}; {} bytes, {} tensors, {} rounds; {}\n",
        work.name,
        thousands(work.bytes),
        thousands(work.tensors),
        work.rounds,
        origin(work.cache)
    )
}

/// Where contents come from, in words.
fn origin(cache: Cache) -> &'static str {
    match cache {
        Cache::Warm => "from the page cache",
        Cache::Cold => "from the disk",
    }
}

/// The fastest that the machine did is 1.00: a ratio of 0.50 takes twice as long.
fn line(work: &Work, row: &Row, ceiling: Option<f64>) -> String {
    let ms = |ns: f64| ns / 1e6;
    let [low, high] = row.wall.quartiles.map(ms);
    let rate = match work.what {
        BenchWork::Header => "-".to_owned(),
        _ => format!("{:.2}", work.bytes as f64 / row.wall.median.max(1.0)),
    };
    let ratio = ceiling
        .map_or_else(|| "-".to_owned(), |best| format!("{:.2}", best / row.wall.median.max(1.0)));
    let rest = if row.ceiling {
        String::new()
    } else {
        format!(
            "  {:>8.2}  {:>4}  {:>7}  {:>6.1}",
            ms(row.returned_ns as f64),
            row.memory >> 20,
            row.faults,
            row.cpu_us as f64 / 1e3
        )
    };
    let text = format!(
        "  {:<34} {:>8.2}  {:>5.1}-{:<7.1} {:>6} {ratio:>6}{rest}",
        name(row),
        ms(row.wall.median),
        low,
        high,
        rate
    );
    format!("{}\n", text.trim_end())
}

fn name(row: &Row) -> String {
    let id = visible::line(&row.id, LONG);
    match (&row.mode, row.ceiling) {
        (_, true) => format!("(machine: {id})"),
        (Some(mode), _) => format!("{id}, {}", visible::line(mode, LONG)),
        (None, _) => id,
    }
}
