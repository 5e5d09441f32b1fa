//! JUnit XML, by the library that a well-known test runner writes it with. It leaves out
//! what XML cannot hold, so hostile names do no harm.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{Document, State, Subject};

pub(super) fn render(document: &Document<'_>) -> Result<String, SerializeError> {
    let mut report = Report::new(document.name);
    for group in document.groups() {
        let name = group.first().map_or(document.name, |subject| subject.group.as_str());
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(group.iter().map(|subject| test(document, subject)));
        report.add_test_suite(suite);
    }
    let text = report.to_string()?;
    // The library counts skipped tests at the root as well; the schema that most consumers
    // publish, of the Jenkins xUnit plugin, has that attribute only at suites.
    Ok(text.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1))
}

fn test(document: &Document<'_>, subject: &Subject) -> TestCase {
    let mut test = TestCase::new(subject.name.as_str(), status(subject));
    test.set_classname(format!("{}.{}", document.name.replace(' ', "."), subject.group));
    // Consumers read a missing time as an error; what was not measured took none.
    test.set_time(Duration::try_from_secs_f64(subject.seconds.unwrap_or(0.0)).unwrap_or_default());
    test
}

fn status(subject: &Subject) -> TestCaseStatus {
    match &subject.state {
        State::Passed => TestCaseStatus::success(),
        State::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            status
        }
        State::Broken(why) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(why.as_str()).set_type("not checked");
            status
        }
        State::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let worst = subject.remarks.first();
            status.set_message(worst.map_or("failed", |remark| remark.message.as_str()));
            status.set_type(worst.and_then(|one| one.rule.as_deref()).unwrap_or("failed"));
            status.set_description(description(subject));
            status
        }
    }
}

/// All remarks, a line each.
fn description(subject: &Subject) -> String {
    let lines = subject.remarks.iter().map(|remark| {
        let rule = remark.rule.as_deref().unwrap_or("-");
        let place = remark.place();
        let place = if place.is_empty() { place } else { format!(" ({place})") };
        format!("{} {rule}{place}: {}", remark.severity.as_str(), remark.text())
    });
    lines.collect::<Vec<_>>().join("\n")
}
