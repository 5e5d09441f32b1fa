//! The tables of the spec as Markdown tables.

use super::Page;
use crate::numbers::thousands;
use crate::spec::Spec;
use crate::tables::{Disputed, DtypeClass, KeyObject, Packing};
use alloc::borrow::ToOwned;
use alloc::string::ToString;
use alloc::vec::Vec;

pub(super) fn write(page: &mut Page, spec: &Spec) {
    page.heading(2, "Editions");
    page.paragraph(
        "An edition is what one minor series of the published crate accepts. Dtypes, keys and \
         rules name the edition that brought them.",
    );
    let rows = spec.tables.editions.iter().map(|edition| {
        let since = |name: &str| name == edition.name;
        let count = spec.tables.dtypes.iter().filter(|dtype| since(&dtype.since)).count();
        vec![
            edition.name.clone(),
            edition.crate_version.clone().unwrap_or_else(|| "none yet".to_owned()),
            count.to_string(),
        ]
    });
    page.table(&["edition", "last crate version", "dtypes it brought"], rows);
    dtypes(page, spec);
    limits_and_keys(page, spec);

    page.heading(2, "Profiles");
    let rows = spec.tables.profiles.iter().map(|profile| {
        let disputed = match profile.disputed {
            Disputed::Accept => "accepted",
            Disputed::Reject => "refused",
        };
        vec![profile.id.clone(), disputed.to_owned(), profile.title.clone()]
    });
    page.table(&["profile", "disputed files are", "meaning"], rows);

    page.heading(2, "First bytes of other formats");
    let rows = spec
        .tables
        .magics
        .iter()
        .map(|magic| vec![magic.format.clone(), format!("`{}`", hex::encode(&magic.bytes))]);
    page.table(&["format", "bytes"], rows);

    page.heading(2, "Documents");
    let rows = spec
        .tables
        .documents
        .iter()
        .map(|document| vec![document.id.clone(), document.title.clone()]);
    page.table(&["name", "document"], rows);
}

fn dtypes(page: &mut Page, spec: &Spec) {
    page.heading(2, "Dtypes");
    page.paragraph("In the order of the reference crate's list. Elements below 8 bits are packed.");
    let rows = spec.tables.dtypes.iter().map(|dtype| {
        let packing = dtype.packing.map(|packing| match packing {
            Packing::Unspecified => "order in the byte unspecified",
            Packing::LsbFirst => "first element in the lowest bits",
            Packing::MsbFirst => "first element in the highest bits",
        });
        let notes = [packing, dtype.note.as_deref()];
        vec![
            format!("`{}`", dtype.name),
            dtype.bits.to_string(),
            class(dtype.class).to_owned(),
            dtype.since.clone(),
            notes.into_iter().flatten().collect::<Vec<_>>().join("; "),
        ]
    });
    page.table(&["dtype", "bits", "class", "since", "remarks"], rows);
}

fn class(class: DtypeClass) -> &'static str {
    match class {
        DtypeClass::Bool => "truth value",
        DtypeClass::Uint => "unsigned integer",
        DtypeClass::Int => "signed integer",
        DtypeClass::Float => "floating point",
        DtypeClass::Complex => "complex",
        DtypeClass::Scale => "power-of-two scale",
    }
}

fn limits_and_keys(page: &mut Page, spec: &Spec) {
    page.heading(2, "Limits");
    let rows = spec.tables.limits.iter().map(|(name, limit)| {
        vec![
            format!("`{name}`"),
            format!("{} {}", thousands(limit.value), limit.unit),
            limit.title.clone(),
        ]
    });
    page.table(&["limit", "value", "bounds"], rows);

    page.heading(2, "Keys");
    let rows = spec.tables.keys.iter().map(|key| {
        let of = match key.of {
            KeyObject::Header => "the header object",
            KeyObject::Metadata => "the metadata object",
            KeyObject::Entry => "each tensor entry",
        };
        let required = if key.required { "required" } else { "optional" };
        vec![format!("`{}`", key.key), of.to_owned(), required.to_owned(), key.since.clone()]
    });
    page.table(&["key", "of", "presence", "since"], rows);
}
