//! Walks the rules of a dialect, keeps what they find, and concludes.

use assay_spec::check::Term;
use assay_spec::{Check, Dialect, Finding, OnViolation, Rule, Span, Verdict};

use crate::facts::Facts;
use crate::{FINDINGS_PER_RULE, Validation, evaluate, view};

/// The rules of a dialect and what each has found so far.
pub(crate) struct Judgement<'a> {
    dialect: &'a Dialect,
    /// By rule; `None` while it has not been judged.
    results: Vec<Option<Sink<'a>>>,
    /// Rules in an order in which each stands after those it depends on.
    order: Vec<usize>,
}

/// Takes the faults that one rule finds.
pub(crate) struct Sink<'a> {
    rule: &'a Rule,
    findings: Vec<Finding>,
    omitted: u64,
}

impl Sink<'_> {
    /// Reports a fault. What it says is only put into words if it is kept.
    pub(crate) fn report(&mut self, span: Span, words: impl FnOnce() -> Words) {
        if self.findings.len() >= FINDINGS_PER_RULE {
            self.omitted += 1;
            return;
        }
        let Words { tensor, message } = words();
        self.findings.push(Finding {
            rule: self.rule.id.clone(),
            on_violation: self.rule.on_violation,
            span,
            message,
            tensor,
        });
    }
}

/// What a finding says.
pub(crate) struct Words {
    /// The tensor it is about.
    pub(crate) tensor: Option<String>,
    pub(crate) message: String,
}

impl From<String> for Words {
    fn from(message: String) -> Self {
        Words { tensor: None, message }
    }
}

impl<'a> Judgement<'a> {
    pub(crate) fn new(dialect: &'a Dialect) -> Self {
        let results = dialect.rules().iter().map(|_| None).collect();
        Judgement { dialect, results, order: dependency_order(dialect.rules()) }
    }

    /// Judges the wanted rules that were not judged yet.
    pub(crate) fn judge(&mut self, facts: &Facts<'_>, wanted: impl Fn(&Rule) -> bool) {
        for at in self.order.clone() {
            let rule = &self.dialect.rules()[at];
            if self.results[at].is_some() || !wanted(rule) {
                continue;
            }
            let mut sink = Sink { rule, findings: Vec::new(), omitted: 0 };
            if !self.is_moot(rule) {
                evaluate::evaluate(&rule.check, facts, &mut sink);
            }
            self.results[at] = Some(sink);
        }
    }

    /// Whether a rule that it depends on is broken.
    fn is_moot(&self, rule: &Rule) -> bool {
        rule.depends.iter().any(|other| {
            let at = self.dialect.rules().iter().position(|rule| rule.id == *other);
            at.and_then(|at| self.results[at].as_ref())
                .is_some_and(|sink| !sink.findings.is_empty())
        })
    }

    /// Whether a fault so far makes the file invalid.
    pub(crate) fn rejects(&self) -> bool {
        self.results
            .iter()
            .flatten()
            .any(|sink| sink.rule.on_violation == OnViolation::Reject && !sink.findings.is_empty())
    }

    /// Puts the findings in order and draws the conclusion.
    pub(crate) fn conclude(self, facts: &Facts<'_>) -> Validation {
        let sinks: Vec<Sink<'_>> = self.results.into_iter().flatten().collect();
        let omitted = sinks.iter().map(|sink| sink.omitted).sum();
        let mut findings: Vec<Finding> = sinks.into_iter().flat_map(|sink| sink.findings).collect();
        // A stable sort: findings of one place stay in the order of the rules.
        findings.sort_by_key(|finding| finding.span);
        let verdict = Verdict::of(&findings);
        let view = if verdict == Verdict::Invalid { None } else { view::of(facts) };
        Validation { verdict, view, findings, omitted }
    }
}

/// Whether a rule, and all it depends on, can be judged by prefix and file length alone.
pub(crate) fn reads_prefix_only(rule: &Rule, dialect: &Dialect) -> bool {
    let by_itself = |rule: &Rule| match &rule.check {
        Check::ForeignMagic {} => true,
        Check::Linear { left, right, .. } => left.iter().chain(right).all(|term| match term {
            Term::FileLen | Term::PrefixN | Term::Limit(_) | Term::Constant(_) => true,
            Term::BufferLen | Term::HeaderDepth | Term::TensorRank => false,
        }),
        _ => false,
    };
    by_itself(rule) && rule.depends.iter().filter_map(|id| dialect.rule(id)).all(by_itself)
}

/// The rules, each after those it depends on; where they depend on each other
/// in a circle, the one named first comes last.
fn dependency_order(rules: &[Rule]) -> Vec<usize> {
    fn visit(at: usize, rules: &[Rule], seen: &mut [bool], order: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[at], true) {
            return;
        }
        for id in &rules[at].depends {
            if let Some(other) = rules.iter().position(|rule| rule.id == *id) {
                visit(other, rules, seen, order);
            }
        }
        order.push(at);
    }
    let (mut seen, mut order) = (vec![false; rules.len()], Vec::with_capacity(rules.len()));
    for at in 0..rules.len() {
        visit(at, rules, &mut seen, &mut order);
    }
    order
}
