//! What is in a file, for `assay inspect`: its tensors as a table, totals, metadata.

use std::collections::BTreeMap;

use assay_spec::{Dialect, TensorView, View};
use serde_json::{Value, json};

use crate::text::style::{BOLD, DIM, PLAIN, paint};
use crate::text::table::{Row, Table, Token};
use crate::text::units::{count, size, thousands};
use crate::text::visible;

/// Columns that a name may take in a table.
const NAME: usize = 80;
/// Columns that a value of the metadata may take.
const VALUE: usize = 100;

/// A file and those of its tensors that are to be shown.
#[derive(Debug, Clone)]
pub struct Listing<'a> {
    /// What to call the file.
    pub label: &'a str,
    /// Its length in bytes.
    pub file_len: u64,
    /// Where the byte buffer begins, in bytes from the start of the file.
    pub buffer_start: u64,
    /// What a reader sees in it.
    pub view: &'a View,
    /// The tensors to show, in the order to show them in.
    pub shown: Vec<&'a TensorView>,
    /// The dialect, which knows the sizes of elements.
    pub dialect: &'a Dialect,
}

/// What tensors are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they lie in the file.
    Offset,
    /// By name.
    Name,
    /// The largest first.
    Size,
    /// By dtype, then as they lie in the file.
    Dtype,
}

impl Order {
    /// Sorts; equals keep their order by name.
    pub fn sort(self, tensors: &mut [&TensorView]) {
        tensors.sort_by(|one, other| one.name.cmp(&other.name));
        let start = |tensor: &&TensorView| (tensor.contents.start, tensor.contents.end);
        match self {
            Order::Name => {}
            Order::Offset => tensors.sort_by_key(start),
            Order::Size => tensors.sort_by_key(|tensor| std::cmp::Reverse(tensor.contents.len())),
            Order::Dtype => {
                tensors.sort_by(|one, other| {
                    one.dtype.cmp(&other.dtype).then(start(one).cmp(&start(other)))
                });
            }
        }
    }
}

/// Sums over tensors of one dtype.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Total {
    tensors: u64,
    elements: u128,
    bytes: u128,
}

impl Listing<'_> {
    /// For people: table, totals by dtype, metadata, and a line that sums up.
    pub fn to_terminal(&self) -> String {
        let mut out = String::new();
        if !self.shown.is_empty() {
            out.push_str(&self.table().render());
            out.push('\n');
        }
        let totals = self.totals();
        if totals.len() > 1 {
            out.push_str(&totals_table(&totals).render());
            out.push('\n');
        }
        out.push_str(&self.metadata());
        out.push_str(&self.summary());
        out
    }

    fn table(&self) -> Table {
        let row = |tensor: &&TensorView| Row {
            title: None,
            cells: [
                visible::line(&tensor.name, NAME),
                tensor.dtype.clone(),
                shape(&tensor.shape),
                thousands(tensor.contents.len()),
                thousands(tensor.contents.start),
            ]
            .into_iter()
            .map(|text| vec![Token::new(text, PLAIN)])
            .collect(),
        };
        Table {
            header: ["name", "dtype", "shape", "bytes", "at"].map(str::to_owned).to_vec(),
            rows: self.shown.iter().map(row).collect(),
            stacked: false,
            separator: "  ",
        }
    }

    /// Of the tensors that are shown.
    fn totals(&self) -> BTreeMap<&str, Total> {
        let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
        for tensor in &self.shown {
            let total = totals.entry(tensor.dtype.as_str()).or_default();
            total.tensors += 1;
            total.elements += elements(&tensor.shape);
            total.bytes += u128::from(tensor.contents.len());
        }
        totals
    }

    fn metadata(&self) -> String {
        let Some(metadata) = self.view.metadata.as_ref().filter(|map| !map.is_empty()) else {
            return String::new();
        };
        let mut out = format!("{}\n", paint(BOLD, "metadata"));
        for (key, value) in metadata {
            let (key, value) = (visible::line(key, NAME), visible::line(value, VALUE));
            out.push_str(&format!("  {key} {} {value}\n", paint(DIM, "=")));
        }
        out + "\n"
    }

    fn summary(&self) -> String {
        let all = self.view.tensors.len();
        let tensors = match self.shown.len() {
            shown if shown == all => count(all as u64, "tensor"),
            shown => format!("{} of {}", thousands(shown as u64), count(all as u64, "tensor")),
        };
        let parameters: u128 = self.shown.iter().map(|tensor| elements(&tensor.shape)).sum();
        let elements = count(u64::try_from(parameters).unwrap_or(u64::MAX), "element");
        format!(
            "{}: {tensors}, {elements}, {}, {} of them before the byte buffer\n",
            visible::line(self.label, 200),
            size(self.file_len),
            size(self.buffer_start),
        )
    }

    /// For programs: everything that is shown, unshortened.
    pub fn to_json(&self) -> Value {
        let tensor = |tensor: &&TensorView| {
            json!({
                "name": tensor.name,
                "dtype": tensor.dtype,
                "shape": tensor.shape,
                "start": tensor.contents.start,
                "end": tensor.contents.end,
                "bytes": tensor.contents.len(),
            })
        };
        let totals = self.totals();
        let total = |(dtype, total): (&&str, &Total)| {
            json!({
                "dtype": dtype,
                "bits": self.dialect.dtype(dtype).map(|dtype| dtype.bits),
                "tensors": total.tensors,
                "elements": total.elements.to_string(),
                "bytes": u64::try_from(total.bytes).unwrap_or(u64::MAX),
            })
        };
        json!({
            "schema": "inspect/1",
            "label": self.label,
            "edition": self.dialect.name(),
            "bytes": self.file_len,
            "buffer_start": self.buffer_start,
            "metadata": self.view.metadata,
            "all_tensors": self.view.tensors.len(),
            "tensors": self.shown.iter().map(tensor).collect::<Vec<_>>(),
            "totals": totals.iter().map(total).collect::<Vec<_>>(),
        })
    }
}

fn totals_table(totals: &BTreeMap<&str, Total>) -> Table {
    let row = |(dtype, total): (&&str, &Total)| Row {
        title: None,
        cells: [
            (*dtype).to_owned(),
            thousands(total.tensors),
            thousands(u64::try_from(total.elements).unwrap_or(u64::MAX)),
            thousands(u64::try_from(total.bytes).unwrap_or(u64::MAX)),
        ]
        .into_iter()
        .map(|text| vec![Token::new(text, PLAIN)])
        .collect(),
    };
    Table {
        header: ["dtype", "tensors", "elements", "bytes"].map(str::to_owned).to_vec(),
        rows: totals.iter().map(row).collect(),
        stacked: false,
        separator: "  ",
    }
}

/// The product of the dimensions; with a zero among them it is zero, however large the
/// others are.
fn elements(shape: &[u64]) -> u128 {
    if shape.contains(&0) {
        return 0;
    }
    shape.iter().fold(1, |product: u128, dimension| product.saturating_mul(u128::from(*dimension)))
}

/// `[4096, 11008]`, cut where there are very many dimensions.
pub(crate) fn shape(shape: &[u64]) -> String {
    const DIMENSIONS: usize = 12;
    let shown: Vec<String> = shape.iter().take(DIMENSIONS).map(u64::to_string).collect();
    let more = if shape.len() > DIMENSIONS { ", …" } else { "" };
    format!("[{}{more}]", shown.join(", "))
}
