//! A work as bars: bytes a second of each implementation, and what the machine did as lines.

use assay_protocol::bench::{Row, Work};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::origin;

/// What cannot be drawn. Drawing into a text fails only for want of memory.
#[derive(Debug, thiserror::Error)]
#[error("the chart cannot be drawn: {0}")]
pub struct ChartError(String);

/// Width of the picture, and of what stands left and right of the bars.
const WIDTH: i32 = 900;
const LEFT: i32 = 270;
const RIGHT: i32 = 90;
/// Height of a bar's line, and of what stands above and below all of them.
const LINE: i32 = 26;
const TOP: i32 = 60;
const BOTTOM: i32 = 90;

/// One with each colour of its own for everybody: blue bars, and red lines for the machine.
const BAR: RGBColor = RGBColor(0, 114, 178);
const MACHINE: RGBColor = RGBColor(213, 94, 0);
const GREY: RGBColor = RGBColor(90, 90, 90);

/// A work as SVG: the fastest first. The same report gives the same bytes.
///
/// # Errors
/// If drawing fails.
pub fn chart(work: &Work) -> Result<String, ChartError> {
    let mut svg = String::new();
    draw(work, &mut svg).map_err(|error| ChartError(error.to_string()))?;
    Ok(svg)
}

fn draw(work: &Work, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let is_measured = |row: &&Row| row.failure.is_none() && row.wall.median > 0.0;
    let mut bars: Vec<&Row> =
        work.rows.iter().filter(is_measured).filter(|row| !row.ceiling).collect();
    bars.sort_by(|a, b| a.wall.median.total_cmp(&b.wall.median));
    let ceilings: Vec<&Row> =
        work.rows.iter().filter(is_measured).filter(|row| row.ceiling).collect();
    let rate = |ns: f64| work.bytes as f64 / ns.max(1.0);
    let most = bars.iter().chain(&ceilings).map(|row| rate(row.wall.median)).fold(0.1, f64::max);
    let height = TOP + LINE * bars.len() as i32 + BOTTOM;
    let x = |rate: f64| LEFT + ((WIDTH - LEFT - RIGHT) as f64 * rate / most) as i32;

    // An opaque background: the chart reads the same on dark pages.
    let area = SVGBackend::with_string(svg, (WIDTH as u32, height as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    let font = |size: i32, colour: &RGBColor| ("sans-serif", size).into_font().color(colour);
    let placed = |h, v, size, colour| font(size, colour).pos(Pos::new(h, v));
    let title = format!(
        "{}: GB/s until every byte is proved to be there ({} MiB, {})",
        work.name,
        work.bytes >> 20,
        origin(work.cache)
    );
    area.draw(&Text::new(title, (LEFT - 250, 16), font(19, &BLACK)))?;
    for (at, row) in bars.iter().enumerate() {
        let (top, value) = (TOP + LINE * at as i32, rate(row.wall.median));
        let middle = top + LINE / 2;
        let own = placed(HPos::Right, VPos::Center, 15, &BLACK);
        area.draw(&Text::new(label(row), (LEFT - 10, middle), own))?;
        let bar = [(LEFT, top + 4), (x(value), top + LINE - 4)];
        area.draw(&Rectangle::new(bar, BAR.filled()))?;
        // From one quartile to the other.
        let [fast, slow] = row.wall.quartiles.map(rate);
        let whisker = [(x(slow), middle), (x(fast.min(most)), middle)];
        area.draw(&PathElement::new(whisker, BLACK.stroke_width(1)))?;
        let own = placed(HPos::Left, VPos::Center, 14, &GREY);
        let end = x(value.max(fast.min(most))) + 6;
        area.draw(&Text::new(format!("{value:.2}"), (end, middle), own))?;
    }
    let bottom = TOP + LINE * bars.len() as i32;
    for (at, row) in ceilings.iter().enumerate() {
        let value = rate(row.wall.median);
        let line = [(x(value), TOP - 8), (x(value), bottom + 8 + 22 * at as i32)];
        area.draw(&PathElement::new(line, MACHINE.stroke_width(1)))?;
        let own = placed(HPos::Right, VPos::Center, 14, &MACHINE);
        let text = format!("the machine, {}: {value:.2}", row.id);
        area.draw(&Text::new(text, (x(value) - 6, bottom + 12 + 22 * at as i32), own))?;
    }
    area.present()?;
    Ok(())
}

fn label(row: &Row) -> String {
    match &row.mode {
        Some(mode) => format!("{} ({mode})", row.id),
        None => row.id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use assay_protocol::bench::{Cache, Spread};
    use assay_protocol::message::BenchWork;

    use super::*;

    fn row(id: &str, ceiling: bool, ns: f64) -> Row {
        Row {
            id: id.to_owned(),
            ceiling,
            mode: (!ceiling).then(|| "mmap".to_owned()),
            wall_ns: vec![ns as u64],
            wall: Spread { median: ns, quartiles: [ns * 0.9, ns * 1.1], interval: [ns, ns] },
            returned_ns: 0,
            cpu_us: 0,
            memory: 0,
            faults: 0,
            read: 0,
            failure: None,
        }
    }

    #[test]
    fn bars_come_fastest_first_and_failures_not_at_all() {
        let failed = Row { failure: Some("no".to_owned()), ..row("failed", false, 1.0) };
        let work = Work {
            name: "load".to_owned(),
            what: BenchWork::Load,
            cache: Cache::Warm,
            file_bytes: 1 << 21,
            tensors: 2,
            bytes: 1 << 20,
            rounds: 9,
            rows: vec![
                row("read", true, 5e4),
                row("slow<er>", false, 4e5),
                row("fast", false, 1e5),
                failed,
            ],
        };
        let svg = chart(&work).unwrap();
        assert_eq!(svg, chart(&work).unwrap());
        let at = |text: &str| svg.find(text).unwrap_or_else(|| panic!("no {text} in {svg}"));
        assert!(at("fast (mmap)") < at("slow&lt;er&gt; (mmap)"));
        assert!(svg.contains("10.49") && svg.contains("2.62") && svg.contains("the machine, read"));
        assert!(!svg.contains("failed"));
    }
}
