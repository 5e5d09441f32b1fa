//! A plot of time against tensors, and the table that it is drawn from.
//!
//! The table is what was measured; the plot follows from it alone, so drawing
//! it again gives the same bytes.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, iter};

use plotters::prelude::*;

/// What one reader took for files of one size, in nanoseconds a tensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) tensors: u32,
    pub(crate) reader: String,
    pub(crate) lower_quartile: f64,
    pub(crate) median: f64,
    pub(crate) upper_quartile: f64,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

const HEAD: &str = "tensors,reader,lower_quartile_ns,median_ns,upper_quartile_ns";

impl Point {
    /// From the times of the rounds for whole files.
    pub(crate) fn new(tensors: usize, reader: &str, mut times: Vec<f64>) -> Point {
        times.sort_by(f64::total_cmp);
        let quartile = |turn: usize| times[(times.len() - 1) * turn / 4] / tensors as f64;
        Point {
            tensors: tensors as u32,
            reader: reader.to_owned(),
            lower_quartile: quartile(1),
            median: quartile(2),
            upper_quartile: quartile(3),
        }
    }

    fn line(&self) -> String {
        let Point { tensors, reader, lower_quartile, median, upper_quartile } = self;
        format!("{tensors},{reader},{lower_quartile:.1},{median:.1},{upper_quartile:.1}")
    }

    fn parse(line: &str) -> Outcome<Point> {
        let fields: Vec<&str> = line.split(',').collect();
        let [tensors, reader, lower, median, upper] = fields[..] else {
            return Err(format!("a line of the table has five fields, not {line}").into());
        };
        Ok(Point {
            tensors: tensors.parse()?,
            reader: reader.to_owned(),
            lower_quartile: lower.parse()?,
            median: median.parse()?,
            upper_quartile: upper.parse()?,
        })
    }
}

/// A path as seen from the workspace, where people call cargo; benchmarks start
/// in the folder of their crate.
pub(crate) fn in_workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Writes the table beside the plot.
pub(crate) fn write_table(plot: &Path, points: &[Point]) -> Outcome<()> {
    let lines = iter::once(HEAD.to_owned()).chain(points.iter().map(Point::line));
    let table: String = lines.map(|line| line + "\n").collect();
    replace(&plot.with_extension("csv"), &table)
}

/// Draws the plot from the table beside it.
pub(crate) fn draw(plot: &Path) -> Outcome<()> {
    let table = fs::read_to_string(plot.with_extension("csv"))?;
    let points: Vec<Point> = table.lines().skip(1).map(Point::parse).collect::<Outcome<_>>()?;
    let mut svg = String::new();
    draw_points(&points, &mut svg)?;
    replace(plot, &svg)
}

/// Puts a whole file in place of another.
fn replace(path: &Path, text: &str) -> Outcome<()> {
    fs::create_dir_all(path.parent().ok_or("a plot lies in a folder")?)?;
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    Ok(fs::rename(new, path)?)
}

/// Both axes are logarithmic; bars reach from one quartile to the other.
fn draw_points(points: &[Point], svg: &mut String) -> Outcome<()> {
    let mut readers: Vec<&str> = points.iter().map(|point| point.reader.as_str()).collect();
    readers.sort_unstable();
    readers.dedup();
    let most = |of: fn(&Point) -> f64| points.iter().map(of).fold(1.0, f64::max);
    let least = points.iter().map(|point| point.lower_quartile).fold(f64::INFINITY, f64::min);
    let tensors = 0.8..most(|point| point.tensors.into()) * 1.3;
    let times = least * 0.7..most(|point| point.upper_quartile) * 1.5;

    // An opaque background: the plot reads the same on dark pages.
    let area = SVGBackend::with_string(svg, (900, 560)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Reading a header: time a tensor against tensors", ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(50)
        .y_label_area_size(70)
        .build_cartesian_2d(tensors.log_scale(), times.log_scale())?;
    chart
        .configure_mesh()
        .x_desc("tensors in the file")
        .y_desc("nanoseconds a tensor")
        .x_label_formatter(&|tensors| format!("{tensors:.0}"))
        .y_label_formatter(&|time| format!("{time:.0}"))
        .label_style(("sans-serif", 15))
        .axis_desc_style(("sans-serif", 17))
        .light_line_style(WHITE)
        .bold_line_style(RGBColor(220, 220, 220))
        .draw()?;
    for (turn, reader) in readers.iter().enumerate() {
        let colour = COLOURS[turn % COLOURS.len()];
        let own = || points.iter().filter(|point| point.reader == *reader);
        let place = |point: &Point| (f64::from(point.tensors), point.median);
        let style = colour.stroke_width(2);
        chart
            .draw_series(LineSeries::new(own().map(place), style))?
            .label(*reader)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], style));
        chart.draw_series(own().map(|point| Circle::new(place(point), 3, colour.filled())))?;
        chart.draw_series(own().map(|point| {
            let x = f64::from(point.tensors);
            PathElement::new([(x, point.lower_quartile), (x, point.upper_quartile)], style)
        }))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK)
        .label_font(("sans-serif", 15))
        .draw()?;
    area.present()?;
    Ok(())
}

/// Told apart by the colour-blind, and dark enough on white.
const COLOURS: [RGBColor; 4] =
    [RGBColor(213, 94, 0), RGBColor(0, 114, 178), RGBColor(0, 130, 95), RGBColor(160, 70, 130)];
