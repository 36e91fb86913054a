//! Numbers, times and names as people read them.

use crate::workspace::{Environment, OrgCard};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;

/// `1,204`
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `999`, `1.2k`, `48k`, `1.3M`: a count where there is hardly room for it.
pub(crate) fn short(number: u64) -> String {
    let scaled = |unit: u64, sign: &str| match number / unit {
        whole @ 0..10 if number % unit >= unit / 10 => format!("{whole}.{}{sign}", number % unit * 10 / unit),
        whole => format!("{whole}{sign}"),
    };
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => scaled(1_000, "k"),
        _ => scaled(1_000_000, "M"),
    }
}

/// `1 row`, `1,204 rows`
pub(crate) fn count(count: u64, one: &str, several: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { several })
}

/// `14 kB`
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["bytes", "kB", "MB", "GB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    if unit == 0 || size >= 100.0 { format!("{size:.0} {}", UNITS[unit]) } else { format!("{size:.1} {}", UNITS[unit]) }
}

/// `just now`, `3 minutes ago`, `yesterday`
pub(crate) fn ago(at: i64, now: i64) -> String {
    let seconds = (now - at).max(0) / 1000;
    let ago = |count: i64, one: &str, several: &str| {
        if count == 1 { format!("1 {one} ago") } else { format!("{count} {several} ago") }
    };
    match seconds {
        0..45 => "just now".to_owned(),
        45..3_600 => ago(((seconds + 30) / 60).max(1), "minute", "minutes"),
        3_600..86_400 => ago(seconds / 3_600, "hour", "hours"),
        86_400..172_800 => "yesterday".to_owned(),
        172_800..2_592_000 => ago(seconds / 86_400, "day", "days"),
        _ => day(at),
    }
}

/// `now`, `5 min`, `3 h`, `2 d`, `3 w`: an age where there is hardly room for it.
pub(crate) fn age(at: i64, now: i64) -> String {
    match (now - at).max(0) / 60_000 {
        0 => "now".to_owned(),
        minutes @ 1..60 => format!("{minutes} min"),
        minutes @ 60..1_440 => format!("{} h", minutes / 60),
        minutes @ 1_440..20_160 => format!("{} d", minutes / 1_440),
        minutes => format!("{} w", minutes / 10_080),
    }
}

/// `24 Nov 2026, 20:18:04`, here
pub(crate) fn exact(at: i64) -> String {
    local(at, "%-d %b %Y, %H:%M:%S")
}

/// `20:18:04`, here
pub(crate) fn clock(at: i64) -> String {
    local(at, "%H:%M:%S")
}

/// `06:00`, `06:00 tomorrow`, else with the day: a time to come, here
pub(crate) fn until(at: i64, now: i64) -> String {
    let day = |at: i64| local(at, "%-d %b");
    let time = local(at, "%H:%M");
    if day(at) == day(now) {
        time
    } else if day(at) == day(now + 86_400_000) {
        format!("{time} tomorrow")
    } else {
        format!("{time} on {}", day(at))
    }
}

/// `2026-11-24 20.18.04`, here: also part of a file's name
pub(crate) fn file_time(at: i64) -> String {
    local(at, "%Y-%m-%d %H.%M.%S")
}

/// `24 Nov 2026`, here
pub(crate) fn day(at: i64) -> String {
    local(at, "%-d %b %Y")
}

fn local(at: i64, format: &str) -> String {
    match Timestamp::from_millisecond(at) {
        Ok(instant) => instant.to_zoned_datetime(TimeZone::system()).strftime(format).to_string(),
        Err(_) => String::new(),
    }
}

/// `84 ms`, `1.2 s`, `12 s`, `3 min 05 s`, `2 h 10 min`
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// `93 %`; never 100 % while something is missing, and never 0 % while something is there.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let percent = (part as f64 / whole as f64 * 100.0).round() as u64;
    let percent = if part < whole { percent.min(99) } else { percent };
    let percent = if part > 0 { percent.max(1) } else { percent };
    format!("{percent} %")
}

/// The text with its middle left out, so that it has no more than `most` characters.
pub(crate) fn middle(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most || most < 3 {
        return text.to_owned();
    }
    let head = (most - 1).div_ceil(2);
    let tail = most - 1 - head;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{}…{}", start.trim_end(), end.trim_start())
}

/// The text on one line.
pub(crate) fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r', '\t']) {
        text.replace("\r\n", " ↵ ").replace(['\n', '\r'], " ↵ ").replace('\t', " → ")
    } else {
        text.to_owned()
    }
}

/// `Practice org`, `Acme (production)`
pub(crate) fn org(card: &OrgCard) -> String {
    match card.environment {
        Some(Environment::Practice) => "Practice org".to_owned(),
        Some(environment) => {
            format!("{} ({})", card.alias, environment.label().trim_end_matches(" org").to_lowercase())
        }
        None => card.alias.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(count(1, "row", "rows"), "1 row");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(14_200), "14.2 kB");
        assert_eq!(bytes(214_000_000), "214 MB");
        assert_eq!(percent(999, 1000), "99 %");
        assert_eq!(percent(1, 1000), "1 %");
        assert_eq!(percent(0, 0), "–");
    }

    #[test]
    fn times() {
        let now = 1_790_000_000_000;
        assert_eq!(ago(now, now), "just now");
        assert_eq!(ago(now - 60_000, now), "1 minute ago");
        assert_eq!(ago(now - 3 * 3_600_000, now), "3 hours ago");
        assert_eq!(ago(now - 30 * 3_600_000, now), "yesterday");
        assert_eq!(duration(Duration::from_millis(840)), "840 ms");
        assert_eq!(duration(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
        assert_eq!(duration(Duration::from_secs(7_800)), "2 h 10 min");
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(middle("Alfreds", 10), "Alfreds");
        assert_eq!(middle("Very_Long_Field_Name__c", 12), "Very_L…me__c");
        assert_eq!(one_line("a\r\nb\tc"), "a ↵ b → c");
    }
}
