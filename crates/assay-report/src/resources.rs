//! What reading costs, held to budgets, and how it grows.
//!
//! A rejection after a huge allocation is right in every record and brings a
//! server down all the same; and so does a reader whose time grows with the
//! square of a count that the file's author chooses.

use assay_protocol::record::Answer;
use assay_protocol::resources::{
    Budgets, CaseUsage, Family, ImplementationUsage, Resources, Usage,
};
use serde_json::{Value, json};

use crate::text::style::{BOLD, DIM, ERROR, paint};
use crate::text::units::{count, size, time};
use crate::text::{hang, visible};

/// An exponent above this is nearer to a square than to a line. Caches that no longer hold
/// what is read, and other work on the machine, make a line look steeper than it is.
const STEEP: f64 = 1.6;
/// Less processor time, in microseconds, than this says nothing of growth.
const LEAST_TIME: u64 = 2_000;
/// And so does less memory, in bytes.
const LEAST_MEMORY: u64 = 1 << 20;
/// Members that an exponent needs.
const POINTS: usize = 3;
/// Findings of one implementation that are listed for people.
const LISTED: usize = 8;

/// An answer that took more memory than its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess<'a> {
    /// The case.
    pub case: &'a CaseUsage,
    /// Bytes that it took: resident memory, or address space where that is worse.
    pub took: u64,
    /// Whether that is address space.
    pub reserved: bool,
    /// Bytes that the budget allows.
    pub allowed: u64,
    /// Why that is enough.
    pub why: &'a str,
}

/// How an implementation's cost grows with a count.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth<'a> {
    /// The family.
    pub family: &'a Family,
    /// The exponent of processor time; `None` if there is too little of it to tell.
    pub time: Option<f64>,
    /// The exponent of memory.
    pub memory: Option<f64>,
}

impl Growth<'_> {
    /// Whether it grows faster than what it reads.
    pub fn is_steep(&self) -> bool {
        [self.time, self.memory].into_iter().flatten().any(|exponent| exponent > STEEP)
    }
}

/// The answers of an implementation that took more than they may, worst first.
pub fn excesses<'a>(of: &'a ImplementationUsage, budgets: &'a Budgets) -> Vec<Excess<'a>> {
    let excess = |case: &'a CaseUsage| {
        let budget = budgets.of(case)?;
        let allowed = budget.allows(case.size);
        let Usage { memory, address_space, .. } = case.usage;
        // Address space is counted only where much more was asked for than was used:
        // runtimes take it in large pieces.
        let reserved = address_space / 4 > allowed && address_space > memory;
        let took = if reserved { address_space } else { memory };
        (took > allowed).then_some(Excess { case, took, reserved, allowed, why: &budget.why })
    };
    let mut found: Vec<Excess<'_>> = of.cases.iter().filter_map(excess).collect();
    found.sort_by(|a, b| b.took.cmp(&a.took).then(a.case.case.cmp(&b.case.case)));
    found
}

/// How the cost of an implementation grows, family by family.
pub fn growth(of: &ImplementationUsage) -> Vec<Growth<'_>> {
    let growth = |family| Growth {
        family,
        time: exponent(family, |usage| usage.cpu_us, LEAST_TIME),
        memory: exponent(family, |usage| usage.memory, LEAST_MEMORY),
    };
    of.families.iter().map(growth).collect()
}

/// The slope of a line through the logarithms of counts and costs.
fn exponent(family: &Family, cost: impl Fn(&Usage) -> u64, least: u64) -> Option<f64> {
    let points: Vec<(f64, f64)> = family
        .members
        .iter()
        .filter(|member| member.answer.is_some() && cost(&member.usage) >= least)
        .map(|member| ((member.count as f64).ln(), (cost(&member.usage) as f64).ln()))
        .collect();
    if points.len() < POINTS {
        return None;
    }
    let number = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / number;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let square: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let product: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (square > 0.0).then(|| product / square)
}

/// Whether something deserves to be called a finding.
pub fn has_findings(resources: &Resources, budgets: &Budgets) -> bool {
    resources
        .implementations
        .iter()
        .any(|one| !excesses(one, budgets).is_empty() || growth(one).iter().any(Growth::is_steep))
}

/// For people, in lines of at most `width` columns.
pub fn to_terminal(resources: &Resources, budgets: &Budgets, width: usize) -> String {
    let sections: Vec<String> =
        resources.implementations.iter().map(|one| section(one, budgets, width)).collect();
    sections.join("\n")
}

fn section(of: &ImplementationUsage, budgets: &Budgets, width: usize) -> String {
    let id = visible::line(&of.id, 40);
    let version = visible::line(&of.implementation.version, 40);
    let mut out = format!("{} {}\n", paint(BOLD, &id), paint(DIM, &version));
    out.push_str(&hang("  ", 2, &middle(of), width));
    let found = excesses(of, budgets);
    if !found.is_empty() {
        let many = count(found.len() as u64, "answer");
        out.push_str(&format!("  {}\n", paint(ERROR, &format!("over budget: {many}"))));
    }
    for excess in found.iter().take(LISTED) {
        out.push_str(&hang("    ", 4, &in_words(excess), width));
    }
    if found.len() > LISTED {
        out.push_str(&format!("    and {} more\n", found.len() - LISTED));
    }
    for growth in growth(of) {
        let style = if growth.is_steep() { ERROR } else { DIM };
        let exponent =
            |exponent: Option<f64>| exponent.map_or("-".to_owned(), |e| format!("{e:.2}"));
        let line = format!(
            "{}: time ^{}, memory ^{}, {}{}",
            visible::line(&growth.family.what, 60),
            exponent(growth.time),
            exponent(growth.memory),
            largest(growth.family),
            if growth.is_steep() { ": grows faster than what is read" } else { "" }
        );
        for line in hang("  ", 2, &line, width).lines() {
            out.push_str(&format!("{}\n", paint(style, line)));
        }
    }
    out
}

fn largest(family: &Family) -> String {
    family.members.last().map_or_else(String::new, |last| {
        let answer = last.answer.map_or("no answer", word);
        format!(
            "{answer} at {}: {}, {}",
            last.count,
            time(last.usage.cpu_us as f64 / 1e6),
            size(last.usage.memory)
        )
    })
}

/// The usual and the most of all cases.
fn middle(of: &ImplementationUsage) -> String {
    let column = |of_usage: fn(&Usage) -> u64| {
        let mut values: Vec<u64> = of.cases.iter().map(|case| of_usage(&case.usage)).collect();
        values.sort_unstable();
        let middle = values.get(values.len() / 2).copied().unwrap_or(0);
        (middle, values.last().copied().unwrap_or(0))
    };
    let in_time = |us: u64| time(us as f64 / 1e6);
    let (wall, cpu) = (column(|usage| usage.wall_us), column(|usage| usage.cpu_us));
    let (memory, read) = (column(|usage| usage.memory), column(|usage| usage.read));
    let left: u64 = of.cases.iter().map(|case| case.usage.left_files).sum();
    let left = match left {
        0 => String::new(),
        left => format!("; {} left behind", count(left, "temporary file")),
    };
    format!(
        "{}; half of them within, and the most: clock {}, {}; processor {}, {}; memory {}, {}; \
         read {}, {}{left}",
        count(of.cases.len() as u64, "case"),
        in_time(wall.0),
        in_time(wall.1),
        in_time(cpu.0),
        in_time(cpu.1),
        size(memory.0),
        size(memory.1),
        size(read.0),
        size(read.1),
    )
}

fn in_words(excess: &Excess<'_>) -> String {
    let kind = if excess.reserved { "address space" } else { "memory" };
    format!(
        "{}: {} of a file of {} after {} of {kind}; {} are allowed, because {}",
        visible::line(&excess.case.case, 120),
        excess.case.answer.map_or("no answer", word),
        size(excess.case.size),
        size(excess.took),
        size(excess.allowed),
        excess.why
    )
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Reject => "refusal",
        Answer::Unsupported => "unsupported",
        Answer::OutOfMemory => "out of memory",
        _ => "acceptance",
    }
}

/// For programs.
pub fn to_json(resources: &Resources, budgets: &Budgets) -> Value {
    let of = |one: &ImplementationUsage| {
        let excesses: Vec<Value> = excesses(one, budgets)
            .iter()
            .map(|excess| {
                json!({
                    "case": excess.case.case, "answer": excess.case.answer, "took": excess.took,
                    "kind": if excess.reserved { "address_space" } else { "memory" },
                    "allowed": excess.allowed, "why": excess.why,
                })
            })
            .collect();
        let growth: Vec<Value> = growth(one)
            .iter()
            .map(|growth| {
                json!({
                    "what": growth.family.what, "time_exponent": growth.time,
                    "memory_exponent": growth.memory, "steep": growth.is_steep(),
                })
            })
            .collect();
        json!({ "id": one.id, "over_budget": excesses, "growth": growth })
    };
    json!({ "implementations": resources.implementations.iter().map(of).collect::<Vec<_>>() })
}
