//! `assay`: says what a safetensors file is and who reads it right.
//!
//! One module per subcommand in `commands/`; all file and terminal access of
//! the project is in this crate. Exit codes: 0 pass, 1 findings, 2 the tool
//! itself failed (bad arguments, missing file, nothing executed).

#![forbid(unsafe_code)]

mod adequacy;
mod bench;
mod checking;
mod commands;
mod corpus;
mod generate;
mod hunt;
mod known;
mod operations;
mod output;
mod places;
mod records;
mod rewriting;
mod rfc;
mod schedule;
mod selection;
mod signals;
mod slices;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::output::{ColorWhen, Exit};

/// Says what a safetensors file is and who reads it right.
///
/// Judges files against the format's rules, and published readers against a
/// corpus of files that each prove one rule.
#[derive(Parser)]
#[command(name = "assay", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Examples:
  assay check model.safetensors      is this file what the format says?
  assay inspect model.safetensors    what is in it
  assay explain buffer/no-holes      one rule: text, sources, who disagrees
  assay run                          judge every implementation in harness/
  assay run --only mlx-cpp           judge one of them

Exit codes: 0 pass, 1 findings, 2 the tool itself failed.")]
struct Cli {
    /// When to use colours; NO_COLOR and pipes are respected by default.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorWhen,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(commands::check::Args),
    Inspect(commands::inspect::Args),
    Diff(commands::diff::Args),
    Explain(commands::explain::Args),
    #[command(subcommand)]
    Spec(commands::spec::Command),
    #[command(subcommand)]
    Corpus(commands::corpus::Command),
    Coverage(commands::coverage::Args),
    Generate(commands::generate::Args),
    NewImpl(commands::new_impl::Args),
    Setup(commands::setup::Args),
    Run(commands::run::Args),
    Trend(commands::trend::Args),
    Doctor(commands::doctor::Args),
    Merge(commands::merge::Args),
    Compare(commands::compare::Args),
    #[command(subcommand)]
    Report(commands::report::Command),
    Resources(commands::resources::Args),
    Bench(commands::bench::Args),
    Adequacy(commands::adequacy::Args),
    #[command(subcommand)]
    Slices(commands::slices::Command),
    #[command(subcommand)]
    Operations(commands::operations::Command),
    Hunt(commands::hunt::Args),
    Shrink(commands::shrink::Args),
    Promote(commands::promote::Args),
    #[command(subcommand)]
    Rewrite(commands::rewrite::Command),
    #[command(subcommand)]
    Rfc(commands::rfc::Command),
    #[command(subcommand)]
    Shards(commands::shards::Command),
    Adapter(commands::adapter::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
    /// Lowers its own limits, then becomes the adapter. Started by `run`.
    #[command(name = "__limit", hide = true)]
    Limit(commands::limit::Args),
    /// Starts a command line tool for each file it is asked about. Started by `run --exec`.
    #[command(name = "__exec", hide = true)]
    Exec(commands::exec_adapter::Args),
}

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.color.apply();
    match dispatch(cli.command) {
        Ok(exit) => exit.code(),
        Err(error) => {
            output::error(&error);
            Exit::Failed.code()
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Check(args) => commands::check::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Diff(args) => commands::diff::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Spec(command) => commands::spec::run(&command),
        Command::Corpus(command) => commands::corpus::run(&command),
        Command::Coverage(args) => commands::coverage::run(&args),
        Command::Generate(args) => commands::generate::run(&args),
        Command::NewImpl(args) => commands::new_impl::run(&args),
        Command::Setup(args) => commands::setup::run(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Trend(args) => commands::trend::run(&args),
        Command::Doctor(args) => commands::doctor::run(&args),
        Command::Merge(args) => commands::merge::run(&args),
        Command::Compare(args) => commands::compare::run(&args),
        Command::Report(command) => commands::report::run(&command),
        Command::Resources(args) => commands::resources::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Adequacy(args) => commands::adequacy::run(&args),
        Command::Slices(command) => commands::slices::run(&command),
        Command::Operations(command) => commands::operations::run(&command),
        Command::Hunt(args) => commands::hunt::run(&args),
        Command::Shrink(args) => commands::shrink::run(&args),
        Command::Promote(args) => commands::promote::run(&args),
        Command::Rewrite(command) => commands::rewrite::run(&command),
        Command::Rfc(command) => commands::rfc::run(&command),
        Command::Shards(command) => commands::shards::run(&command),
        Command::Adapter(args) => commands::adapter::run(&args),
        Command::Completions(args) => commands::completions::run::<Cli>(&args),
        Command::Man(args) => commands::man::run::<Cli>(&args),
        Command::Limit(args) => commands::limit::run(&args),
        Command::Exec(args) => commands::exec_adapter::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
