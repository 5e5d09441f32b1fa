//! `assay rfc`: proposals to change the format, gated by evidence.

mod changes;
mod create;
mod gate;
mod ratify;
mod status;

use assay_spec::rfc::classes_in_words;
use serde_json::json;

use crate::output::{self, Exit, Format};
use crate::places::Tree;
use crate::rfc::folder::{self, Form, Rfc};
use crate::rfc::gate::{lint, policy, refusal};
use crate::rfc::stack;

/// Propose changes to the format, and see what they break and for whom.
///
/// A proposal is a folder below spec/rfcs/: rfc.md says why, overlay.toml holds typed changes
/// to the spec data, what they are said to do, and witnesses: files that show it. The gate
/// applies the changes, judges thousands of files without and with them, shows the witnesses
/// to every implementation, and says which phase the proposal has earned (spec/policy.toml).
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  assay rfc list                     all proposals with what they do
  assay rfc new checksums            a folder to begin with
  assay rfc diff 0006                what would be different in the spec
  assay rfc gate 0006                what it breaks and for whom
  assay rfc gate 0006 --format markdown   the same, to be pasted where it is discussed
  assay rfc status                   which phase each has earned")]
pub(crate) enum Command {
    /// List the proposals: number, form, phase, what each does.
    List {
        /// How to print the list.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show a proposal: its text, changes and witnesses.
    Show {
        /// Number (7, 0007) and perhaps a form (0007/gated).
        #[arg(value_name = "RFC")]
        rfc: String,
        /// How to print it.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show what a proposal makes different in the spec, rule by rule and row by row.
    Diff {
        /// Number (7, 0007) and perhaps a form (0007/gated).
        #[arg(value_name = "RFC")]
        rfc: String,
        /// How to print it.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Make the folder of a new proposal, with a change and a witness to begin from.
    New(create::NewArgs),
    /// Judge proposals by evidence: files, implementations, writers, mutants.
    ///
    /// Exit codes: 0 the claimed phases are earned, 1 a proposal is refused, held or blocked,
    /// 2 the tool itself failed.
    Gate(gate::Args),
    /// Show which phase each proposal claims, has earned, and what it lacks for the next.
    Status {
        /// How to print the table.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Fold a proposal into a new edition, once it has earned that.
    ///
    /// Exit code 1 if it has not.
    Ratify(ratify::Args),
    /// Pin proposals to the spec data as it is now, after somebody looked at what changed.
    Rebase {
        /// Numbers; all if none is given.
        #[arg(value_name = "RFC")]
        rfcs: Vec<String>,
    },
}

pub(crate) fn run(command: &Command) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let done = match command {
        Command::List { format } => list(&tree, *format),
        Command::Show { rfc, format } => show(&tree, rfc, *format),
        Command::Diff { rfc, format } => changes::diff(&tree, rfc, *format),
        Command::New(args) => create::new(&tree, args),
        Command::Gate(args) => gate::run(&tree, args),
        Command::Status { format } => status::status(&tree, *format),
        Command::Ratify(args) => ratify::ratify(&tree, args),
        Command::Rebase { rfcs } => create::rebase(&tree, rfcs),
    };
    // A proposal that is not sound is a finding, not a failure of the tool.
    done.or_else(|error| match refusal(&error) {
        Some(refused) => {
            output::note(&format!("refused:\n{refused}"));
            Ok(Exit::Findings)
        }
        None => Err(error),
    })
}

/// The day that waivers are looked at on.
fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

/// Every form of every proposal that is asked for.
fn forms(rfcs: &[Rfc]) -> impl Iterator<Item = &Form> {
    rfcs.iter().flat_map(|rfc| &rfc.forms)
}

fn list(tree: &Tree, format: Format) -> anyhow::Result<Exit> {
    let all = folder::all(tree)?;
    match format {
        Format::Json => {
            let rows: Vec<_> = forms(&all).map(|form| json!(form.overlay.rfc)).collect();
            output::print_json(&json!(rows))?;
        }
        Format::Text => {
            let mut text = String::new();
            for form in forms(&all) {
                let rfc = &form.overlay.rfc;
                let (name, classes) = (form.overlay.name(), classes_in_words(&rfc.declares));
                text.push_str(&format!(
                    "{name:<18} {:<12} {:<6} {classes:<20} {}\n",
                    rfc.phase, rfc.bump, rfc.title
                ));
            }
            if all.is_empty() {
                text = "no proposals; `assay rfc new SLUG` begins one\n".to_owned();
            }
            output::print(&text)?;
        }
    }
    Ok(Exit::Pass)
}

fn show(tree: &Tree, name: &str, format: Format) -> anyhow::Result<Exit> {
    let all = folder::all(tree)?;
    let policy = policy(&tree.spec())?;
    let chosen = folder::chosen(folder::all(tree)?, &[name.to_owned()])?;
    for form in forms(&chosen) {
        lint(form, &all, &policy, &today())?;
    }
    if format == Format::Json {
        let one = |form: &Form| {
            let ops: Vec<_> = form.overlay.ops.iter().map(|(_, edit)| edit).collect();
            let witnesses: Vec<_> = form.overlay.witnesses.iter().map(|(_, one)| one).collect();
            json!({ "rfc": form.overlay.rfc, "ops": ops, "witnesses": witnesses,
                    "waivers": form.overlay.waivers })
        };
        output::print_json(&json!(forms(&chosen).map(one).collect::<Vec<_>>()))?;
        return Ok(Exit::Pass);
    }
    let mut text = String::new();
    for rfc in &chosen {
        text.push_str(&assay_report::explain::document(&rfc.text, output::width().unwrap_or(100)));
        for form in &rfc.forms {
            text.push_str(&summary(form, &all)?);
        }
    }
    output::print(&text)?;
    Ok(Exit::Pass)
}

/// Changes and witnesses of a form.
fn summary(form: &Form, all: &[Rfc]) -> anyhow::Result<String> {
    let applied = stack::apply(form, all)?;
    let rfc = &form.overlay.rfc;
    let mut text = format!(
        "\n{} {}\n  base {}, phase {}, {} version, {}\n",
        form.overlay.name(),
        rfc.title,
        applied.base.name(),
        rfc.phase,
        rfc.bump,
        classes_in_words(&applied.classes),
    );
    for op in &applied.ops {
        let classes = classes_in_words(&op.classes);
        text.push_str(&format!("  {:<18} {} ({classes})\n", op.op, op.target));
    }
    for (_, witness) in &form.overlay.witnesses {
        text.push_str(&format!(
            "  witness {}: {} ({} before, {} after)\n",
            witness.id, witness.title, witness.before, witness.after
        ));
    }
    Ok(text)
}
