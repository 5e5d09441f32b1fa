//! The ledger for a terminal.

use assay_spec::Proof;

use super::{Cell, Ledger, Row, Standing};
use crate::text::style::{BOLD, DIM, ERROR, PLAIN, paint};
use crate::text::table::{self, Table, Token};
use crate::text::{hang, visible};

pub(super) fn render(ledger: &Ledger, width: usize) -> String {
    let (rules, edition) = (ledger.rows.len(), visible::line(&ledger.edition, width));
    let mut out = format!("Edition {edition}: {rules} rules, {} cases.\n\n", ledger.cases);
    let header =
        std::iter::once("rule".to_owned()).chain(Proof::ALL.map(|proof| proof.to_string()));
    let table = Table {
        header: header.collect(),
        rows: ledger.rows.iter().map(row).chain([totals(ledger)]).collect(),
        stacked: false,
        separator: "  ",
    };
    out.push_str(&table.render());
    out.push_str("\nA number counts cases; a dot stands where a rule asks for none.\n");
    let explained: Vec<_> = ledger.explained().collect();
    if !explained.is_empty() {
        out.push_str(&format!("\n{}\n", paint(BOLD, "Holes with a reason")));
    }
    for (rule, proof, reason) in explained {
        item(&format!("{rule}, {proof}: {reason}"), width, &mut out);
    }
    let faults = ledger.faults();
    if !faults.is_empty() {
        out.push_str(&format!("\n{}\n", paint(ERROR, "Faults")));
    }
    for fault in &faults {
        item(fault, width, &mut out);
    }
    out
}

fn item(text: &str, width: usize, out: &mut String) {
    out.push_str(&hang("* ", 2, &visible::line(text, usize::MAX), width));
}

fn row(row: &Row) -> table::Row {
    let name = vec![Token::new(visible::line(&row.rule, usize::MAX), PLAIN)];
    let cells = row.cells.iter().map(|cell| vec![token(cell)]);
    table::Row { title: None, cells: std::iter::once(name).chain(cells).collect() }
}

fn token(cell: &Cell) -> Token {
    match cell.standing() {
        Standing::Covered => Token::new(cell.count.to_string(), PLAIN),
        Standing::NotAsked => Token::new("·", DIM),
        Standing::Explained => Token::new("hole", DIM),
        Standing::Hole => Token::new("HOLE", ERROR),
        Standing::Stale => Token::new("stale", ERROR),
    }
}

fn totals(ledger: &Ledger) -> table::Row {
    let cells = ledger.totals().map(|total| vec![Token::new(total.to_string(), BOLD)]);
    let name = vec![Token::new("all", BOLD)];
    table::Row { title: None, cells: std::iter::once(name).chain(cells).collect() }
}
