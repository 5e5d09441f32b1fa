//! Valid files that tell right readers from wrong ones: each has a property
//! that a reader with a certain fault gets wrong.

mod contents;
mod names;

use assay_spec::Dialect;
use assay_spec::check::Probe;

use crate::boundaries::Boundary;
use crate::bounds;
use crate::model::{Escapes, Model, Padding, Spacing, Style, Tensor};
use crate::violate::linear;

/// The files that tell whether a reader behaves as a rule's probe demands. All
/// are valid; none tells alone, and a right reader passes all of them.
pub fn telling(dialect: &Dialect, probe: Probe) -> Vec<Boundary> {
    let table = Table { dialect };
    let mut made = match probe {
        Probe::PrefixByteOrder => prefix_byte_order(&table),
        Probe::KeyOrder => key_order(&table),
        Probe::NameIdentity => names::name_identity(&table),
        Probe::EmptyMetadata => empty_metadata(&table),
        Probe::ReservedName => names::reserved_name(&table),
        Probe::Scalar => contents::scalar(&table),
        Probe::EmptyTensor => contents::empty_tensor(&table),
        Probe::RelativeOffsets => relative_offsets(&table),
        Probe::ContentBytes => contents::content_bytes(&table),
        Probe::OpaqueValues => contents::opaque_values(&table),
        Probe::UnalignedRead => contents::unaligned_read(&table),
        Probe::SubByteOrder => contents::sub_byte_order(&table),
        Probe::EveryDtype => contents::every_dtype(&table),
        // Shown by what is asked, not by files: see `slices`.
        Probe::SliceSelect
        | Probe::SliceRange
        | Probe::SliceMissing
        | Probe::SliceNegative
        | Probe::SliceClamped
        | Probe::SliceEmptyRange
        | Probe::SliceStep
        | Probe::SliceBackwards
        | Probe::SliceEllipsis
        | Probe::SliceCombined
        | Probe::SliceEmptyTensor
        | Probe::SliceWholeBytes
        | Probe::SliceOutside
        | Probe::SliceTooMany
        | Probe::SliceTwoEllipses
        | Probe::SliceStill
        // Shown by operations: see `assay operations`.
        | Probe::GetByName
        | Probe::GetAbsent
        | Probe::HeaderOnly
        | Probe::IndexOpens
        | Probe::IndexStructure
        | Probe::IndexShardPath
        | Probe::IndexMissingShard
        | Probe::IndexMissingTensor
        | Probe::IndexForeignTensor
        | Probe::IndexDuplicateTensor
        | Probe::IndexUniqueKeys
        | Probe::IndexTotalSize
        | Probe::WriteContents
        | Probe::WriteMetadata
        | Probe::WriteUniqueNames
        | Probe::WriteLayout
        | Probe::WriteFailure
        | Probe::WriteReplaces
        | Probe::WriteDeterministic => Vec::new(),
    };
    // Narrow limits leave no room for some of them.
    made.retain(|file| linear::breaks_none(dialect, &file.draft));
    made
}

/// What telling files are made on: a dialect, and plain surroundings.
struct Table<'a> {
    dialect: &'a Dialect,
}

impl Table<'_> {
    /// A file of these tensors, plainly spelled, its byte buffer aligned.
    fn model(&self, tensors: Vec<Tensor>) -> Model {
        let mut model = Model::new(self.dialect, tensors);
        if let Some(byte) = self.padding() {
            model.style.padding = Padding::Align { byte, to: bounds::alignment(self.dialect) };
        }
        model
    }

    fn valid(&self, slug: &str, title: &str, tensors: Vec<Tensor>) -> Boundary {
        Boundary::valid(slug, title, self.model(tensors).to_draft())
    }

    fn padding(&self) -> Option<u8> {
        bounds::padding(self.dialect).first().copied()
    }

    /// A vector of the plainest dtype whose bytes count up from `first`.
    fn vector(&self, name: &str, elements: u64, first: u8) -> Option<Tensor> {
        let dtype = bounds::whole_dtypes(self.dialect).first().copied()?;
        Some(self::contents::counting(dtype, name, &[elements], first))
    }

    /// Three vectors of different lengths and contents.
    fn three(&self) -> Vec<Tensor> {
        [("a", 2, 0x11), ("b", 3, 0x21), ("c", 1, 0x31)]
            .into_iter()
            .filter_map(|(name, elements, first)| self.vector(name, elements, first))
            .collect()
    }
}

/// Header lengths whose bytes mean something else in other byte orders or widths.
fn prefix_byte_order(table: &Table<'_>) -> Vec<Boundary> {
    let Some(byte) = table.padding() else {
        return vec![table.valid("plain", "a header length of one byte", table.three())];
    };
    let lengths: [(&str, &str, u64); 4] = [
        ("one-byte", "a header length of one byte, huge when read as big-endian", 0xf8),
        ("two-bytes", "a header length of two bytes", 0x0208),
        ("first-byte-zero", "a header length whose first byte is zero", 0x0300),
        ("three-bytes", "a header length of three bytes", 0x01_0018),
    ];
    lengths
        .into_iter()
        .map(|(slug, title, len)| {
            let mut model = table.model(table.three());
            model.style.padding = Padding::UpTo { byte, len };
            Boundary::valid(slug, title, model.to_draft())
        })
        .collect()
}

/// One meaning in many orders of keys.
fn key_order(table: &Table<'_>) -> Vec<Boundary> {
    let orders = [
        ("as-in-buffer", "keys in the order of the contents", [1, 2, 3], 0),
        ("reversed", "keys in the reverse order of the contents", [3, 2, 1], 4),
        ("mixed", "keys in another order than the contents", [2, 3, 1], 2),
        ("metadata-between", "metadata between the tensors", [1, 2, 3], 1),
        ("metadata-last", "metadata after the tensors", [1, 2, 3], 4),
    ];
    let mut made: Vec<Boundary> = orders
        .into_iter()
        .map(|(slug, title, ranks, metadata_rank)| {
            let mut model = table.model(table.three());
            for (tensor, rank) in model.tensors.iter_mut().zip(ranks) {
                tensor.rank = rank;
            }
            model.metadata = Some(vec![("key".to_owned(), "value".to_owned())]);
            model.metadata_rank = metadata_rank;
            Boundary::valid(slug, title, model.to_draft())
        })
        .collect();
    // Names in the reverse order of contents, which sorting by name gets wrong.
    let mut tensors = table.three();
    for (tensor, name) in tensors.iter_mut().zip(["z", "y", "x"]) {
        tensor.name = name.to_owned();
    }
    made.push(table.valid("names-reversed", "names in the reverse order of the contents", tensors));
    for order in 1..6 {
        let mut tensors = table.three();
        for tensor in &mut tensors {
            tensor.field_order = order;
        }
        made.push(table.valid(
            &format!("fields-{order}"),
            &format!("entries whose fields stand in another order ({order} of 5)"),
            tensors,
        ));
    }
    made
}

fn empty_metadata(table: &Table<'_>) -> Vec<Boundary> {
    let with = |slug: &str, title: &str, tensors: Vec<Tensor>, rank: u64, spacing: Spacing| {
        let mut model = table.model(tensors);
        model.metadata = Some(Vec::new());
        model.metadata_rank = rank;
        model.style.spacing = spacing;
        Boundary::valid(slug, title, model.to_draft())
    };
    vec![
        with("alone", "empty metadata and no tensor", Vec::new(), 0, Spacing::Compact),
        with("before-tensors", "empty metadata before tensors", table.three(), 0, Spacing::Compact),
        with("after-tensors", "empty metadata after tensors", table.three(), 1, Spacing::Compact),
        with(
            "white-space-inside",
            "white space within empty metadata",
            Vec::new(),
            0,
            Spacing::Irregular,
        ),
    ]
}

/// One meaning at many distances from the start of the file.
fn relative_offsets(table: &Table<'_>) -> Vec<Boundary> {
    let mut made =
        vec![table.valid("aligned", "a byte buffer at a multiple of the alignment", table.three())];
    if let Some(byte) = table.padding() {
        for count in [1, 3, 64, 4096] {
            let mut model = table.model(table.three());
            model.style.padding = Padding::Bytes { byte, count };
            let title = format!("a header padded with {count} bytes");
            made.push(Boundary::valid(format!("padded-{count}"), title, model.to_draft()));
        }
    }
    let mut model = table.model(table.three());
    model.style = Style { spacing: Spacing::Lines, escapes: Escapes::Everything, ..model.style };
    made.push(Boundary::valid(
        "long-header",
        "a header much longer than its meaning",
        model.to_draft(),
    ));
    // The first tensor in the header is the last in the buffer.
    let mut tensors = table.three();
    if let Some(last) = tensors.first_mut() {
        last.rank = 1;
    }
    made.push(table.valid(
        "first-is-not-first",
        "a first entry that does not begin at zero",
        tensors,
    ));
    made
}
