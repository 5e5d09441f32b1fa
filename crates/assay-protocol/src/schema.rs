//! JSON Schema of every document, for whoever writes or reads them in another
//! language. Published in `harness/schema/`, kept true by a test.

use schemars::{JsonSchema, schema_for};

use crate::adapter::AdapterManifest;
use crate::bench::BenchReport;
use crate::case::CaseFile;
use crate::gate::GateReport;
use crate::known::KnownFile;
use crate::manifest::Manifest;
use crate::message::{Reply, Request};
use crate::pack::PackLine;
use crate::record::Line;
use crate::resources::{Budgets, Resources};
use crate::slices::SliceTable;
use crate::write::WriteTask;

/// The schemas: name of the document, JSON text that ends with a newline. In
/// order of name; the same at every call.
pub fn schemas() -> Vec<(&'static str, String)> {
    vec![
        ("adapter", text_of::<AdapterManifest>("harness/<implementation>/adapter.toml")),
        ("bench", text_of::<BenchReport>("bench.json, of `assay bench`")),
        ("budgets", text_of::<Budgets>("corpus/budgets.toml")),
        ("case", text_of::<CaseFile>("corpus/cases/<area>/*.toml")),
        ("gate", text_of::<GateReport>("reports/rfcs/*.json, of `assay rfc gate`")),
        ("known", text_of::<KnownFile>("harness/<implementation>/known.toml")),
        ("manifest", text_of::<Manifest>("corpus/manifest.json")),
        ("pack", text_of::<PackLine>("One line of the index of a packed file")),
        ("record", text_of::<Line>("One line of record.jsonl")),
        ("reply", text_of::<Reply>("One line from adapter to harness")),
        ("request", text_of::<Request>("One line from harness to adapter")),
        ("resources", text_of::<Resources>("resources.json, of `assay resources`")),
        ("slices", text_of::<SliceTable>("corpus/slices.json")),
        ("write", text_of::<WriteTask>("The file `task` of a `write` request")),
    ]
}

fn text_of<T: JsonSchema>(title: &str) -> String {
    let mut schema = schema_for!(T);
    schema.insert("title".to_owned(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}
