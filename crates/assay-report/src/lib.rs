//! Pure functions of records: matrix, findings, summaries.
