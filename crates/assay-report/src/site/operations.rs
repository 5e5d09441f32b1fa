//! Operations beyond reading: headers alone, tensors by name, models in several files, writers and
//! who reads what they wrote.

use std::collections::BTreeMap;

use maud::html;

use super::facts::Facts;
use super::frame::{self, Frame};
use super::markdown;
use crate::matrix::matrix;
use crate::writers::WriterMatrix;

pub(super) fn page(facts: &Facts<'_>) -> Frame {
    let body = html! {
        @match facts.source.operations {
            None => p {
                "This site was made without a record of other operations. " code { "assay operations run --out DIR" }
                " makes one, " code { "assay report html SITE --operations DIR" } " shows it."
            }
            Some(record) => {
                @let writers = WriterMatrix::new(record);
                @let asked = crate::operations::report(record, &BTreeMap::new(), facts.source.dialect);
                h2 #areas { "By area" }
                div.prose { (markdown::html(&matrix(record).to_markdown(), &markdown::no_links)) }
                @if !writers.is_empty() {
                    h2 #writers { "Who reads what others wrote" }
                    div.prose { (markdown::html(&writers.to_markdown(), &markdown::no_links)) }
                }
                h2 #findings { "Findings" }
                @if asked.findings().is_empty() { p { "None." } }
                ul {
                    @for finding in asked.findings() {
                        li {
                            (finding.implementation) ": " b { (finding.outcome.as_str().replace('_', " ")) } " of "
                            a href={ "/" (frame::rule(&finding.rule)) } { (finding.rule) }
                            ", " (crate::text::units::count(finding.count as u64, "question")) ", such as "
                            (crate::text::visible::line(&finding.question, 80)) ": "
                            span.quiet { (crate::text::visible::line(&finding.detail, 300)) }
                        }
                    }
                }
            }
        }
    };
    Frame::new("Operations", body)
}
