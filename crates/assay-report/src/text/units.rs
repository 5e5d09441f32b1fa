//! Numbers for people: sizes and times, lists. Separators and plural forms are the spec's.

pub(crate) use assay_spec::numbers::{count, thousands};

/// A size: `17 bytes`, `1.5 KiB`, `15.0 GiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return count(bytes, "byte");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // One decimal is shown, so 1023.95 and above would be printed as 1024.0.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A time: `under 1 ms`, `12 ms`, `1.24 s`, `2 min 5 s`, `1 h 2 min`.
pub(crate) fn time(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown time".to_owned();
    }
    if seconds < 0.001 {
        return "under 1 ms".to_owned();
    }
    if seconds < 0.9995 {
        return format!("{:.0} ms", seconds * 1000.0);
    }
    if seconds < 59.995 {
        return format!("{seconds:.2} s");
    }
    // Casting saturates; no run is that long.
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{} h {minutes} min", thousands(hours)),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [some @ .., last] => {
            let some: Vec<&str> = some.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", some.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_change_unit_before_they_reach_1024() {
        let kib = 1 << 10;
        let sizes = [0, 1, 1023, kib, 1536, kib * kib - 1, kib * kib, 16_106_127_360, u64::MAX];
        assert_eq!(
            sizes.map(size),
            [
                "0 bytes",
                "1 byte",
                "1,023 bytes",
                "1.0 KiB",
                "1.5 KiB",
                "1.0 MiB",
                "1.0 MiB",
                "15.0 GiB",
                "16.0 EiB"
            ]
        );
    }

    #[test]
    fn times_fit_their_length() {
        let times = [0.0, 0.0123, 0.9994, 0.9999, 1.239, 59.99, 59.999, 125.0, 3725.0, f64::NAN];
        assert_eq!(
            times.map(time),
            [
                "under 1 ms",
                "12 ms",
                "999 ms",
                "1.00 s",
                "1.24 s",
                "59.99 s",
                "1 min 0 s",
                "2 min 5 s",
                "1 h 2 min",
                "unknown time"
            ]
        );
    }

    #[test]
    fn lists_end_with_and() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
