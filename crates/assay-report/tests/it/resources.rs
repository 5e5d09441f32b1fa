//! Budgets and growth: what is a finding, and what is said of it.

use assay_protocol::ClaimedVerdict;
use assay_protocol::message::Implementation;
use assay_protocol::record::Answer;
use assay_protocol::resources::{
    Budget, Budgets, CaseUsage, Family, ImplementationUsage, Member, RESOURCES_SCHEMA, Resources,
    Usage,
};
use assay_report::resources::{excesses, growth, has_findings, to_json, to_terminal};

use crate::support::{plain, widest};

const MIB: u64 = 1 << 20;

fn budget(of: Option<&str>, memory: u64) -> Budget {
    Budget {
        of: of.map(str::to_owned),
        answer: Answer::Reject,
        memory,
        memory_per_byte: 2,
        why: "it can be told from the prefix".to_owned(),
    }
}

fn budgets() -> Budgets {
    let of = [(None, 16), (Some("prefix/"), 8), (Some("prefix/limit/huge"), 64)];
    Budgets { budget: of.map(|(of, mib)| budget(of, mib * MIB)).to_vec() }
}

fn case(id: &str, answer: Answer, usage: Usage) -> CaseUsage {
    CaseUsage {
        case: id.to_owned(),
        rule: id.rsplit_once('/').unwrap().0.to_owned(),
        verdict: ClaimedVerdict::Invalid,
        size: 100,
        answer: Some(answer),
        failure: None,
        usage,
    }
}

fn memory(mib: u64) -> Usage {
    Usage { memory: mib * MIB, cpu_us: 10, wall_us: 12, ..Usage::default() }
}

/// A family whose time and memory grow with a power of the count.
fn family(power: u32) -> Family {
    let member = |count: u64| Member {
        count,
        answer: Some(Answer::Accept),
        usage: Usage { cpu_us: 3 * count.pow(power), memory: 2000 * count, ..Usage::default() },
    };
    Family {
        what: "tensors in a header".to_owned(),
        members: [1000, 2000, 4000].map(member).to_vec(),
    }
}

fn used(cases: Vec<CaseUsage>, families: Vec<Family>) -> ImplementationUsage {
    let implementation = Implementation {
        name: "lib".to_owned(),
        version: "1".to_owned(),
        language: "C".to_owned(),
        lineage: "lib".to_owned(),
        runtime: None,
        homepage: None,
    };
    ImplementationUsage { id: "lib".to_owned(), implementation, cases, families }
}

fn document(of: ImplementationUsage) -> Resources {
    Resources {
        schema: RESOURCES_SCHEMA.to_owned(),
        suite: "0".to_owned(),
        manifest_sha256: "00".repeat(32),
        implementations: vec![of],
    }
}

#[test]
fn the_last_budget_that_fits_counts() {
    let took = |id: &str, answer, mib| {
        let of = used(vec![case(id, answer, memory(mib))], Vec::new());
        let budgets = budgets();
        excesses(&of, &budgets).len()
    };
    assert_eq!(took("header/json/a", Answer::Reject, 12), 0);
    assert_eq!(took("header/json/a", Answer::Reject, 17), 1);
    assert_eq!(took("prefix/limit/a", Answer::Reject, 12), 1);
    assert_eq!(took("prefix/limit/huge", Answer::Reject, 12), 0);
    // An acceptance has no budget here.
    assert_eq!(took("prefix/limit/a", Answer::Accept, 1000), 0);
}

#[test]
fn address_space_counts_where_much_more_was_asked_for_than_used() {
    let usage = |gib: u64| Usage { address_space: gib << 30, ..memory(1) };
    let of = |gib| used(vec![case("header/json/a", Answer::Reject, usage(gib))], Vec::new());
    let huge = of(40);
    let budgets = budgets();
    let found = excesses(&huge, &budgets);
    assert!(found.len() == 1 && found[0].reserved && found[0].took == 40 << 30);
    assert!(excesses(&of(0), &budgets).is_empty());
}

#[test]
fn growth_is_the_exponent() {
    let of = used(Vec::new(), vec![family(1), family(2)]);
    let grown = growth(&of);
    let near = |exponent: Option<f64>, to: f64| (exponent.unwrap() - to).abs() < 1e-9;
    assert!(near(grown[0].time, 1.0) && near(grown[0].memory, 1.0) && !grown[0].is_steep());
    assert!(near(grown[1].time, 2.0) && grown[1].is_steep());
    // Too little to tell.
    let mut small = family(2);
    small.members.truncate(2);
    let of = used(Vec::new(), vec![small]);
    assert_eq!(growth(&of)[0].time, None);
}

#[test]
fn findings_are_listed_within_the_width() {
    let cases =
        (0..20).map(|at| case(&format!("header/json/{at}"), Answer::Reject, memory(20 + at)));
    let document = document(used(cases.collect(), vec![family(2)]));
    assert!(has_findings(&document, &budgets()));
    let text = plain(&to_terminal(&document, &budgets(), 80));
    assert!(widest(&text) <= 80, "{text}");
    for words in
        ["over budget: 20 answers", "header/json/19", "and 12 more", "time ^2.00", "grows faster"]
    {
        assert!(text.contains(words), "{words} in {text}");
    }
    let json = to_json(&document, &budgets());
    assert_eq!(json["implementations"][0]["over_budget"].as_array().unwrap().len(), 20);
    assert_eq!(json["implementations"][0]["growth"][0]["steep"], true);
}

#[test]
fn what_keeps_within_is_no_finding() {
    let document =
        document(used(vec![case("header/json/a", Answer::Reject, memory(2))], vec![family(1)]));
    assert!(!has_findings(&document, &budgets()));
    assert!(!plain(&to_terminal(&document, &budgets(), 80)).contains("over budget"));
}
