//! Clocks in dumps: RFC 3339 from Kubernetes, milliseconds since 1970 from the operator.

use std::fmt;

use toml::value::{Datetime, Offset};

/// A point in time, in milliseconds since 1970 UTC. Shown as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// The milliseconds of a second, a minute, an hour and a day.
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// 2022-01-01 and 2100-01-01 UTC. The operator's first snapshots are of February 2022, and what lies
/// outside is no clock of milliseconds: seconds fall into 1970, microseconds into the year 50,000.
const EARLIEST: i64 = 1_640_995_200_000;
const LATEST: i64 = 4_102_444_800_000;

impl Moment {
    /// So many milliseconds after 1970. Nothing for what no clock of an operator can have shown.
    pub fn from_millis(millis: i64) -> Option<Moment> {
        (EARLIEST..LATEST).contains(&millis).then_some(Moment(millis))
    }

    /// Reads RFC 3339 (`2022-05-03T10:00:00Z`, with a fraction or an offset), or milliseconds since
    /// 1970, also as `1.651573230000e+12`: so tools write them that take every number for a float.
    /// Nothing for what is neither, or what no clock of an operator can have shown.
    pub fn parse(text: &str) -> Option<Moment> {
        Moment::from_millis(whole_number(text).or_else(|| rfc3339(text))?)
    }

    /// So many milliseconds later.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Moment {
        Moment(self.0.saturating_add(millis))
    }

    /// So many hours later.
    #[must_use]
    pub fn plus_hours(self, hours: i64) -> Moment {
        Moment(self.0.saturating_add(hours.saturating_mul(HOUR)))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil_date(days);
        let (hour, minute) = (rest / HOUR, rest % HOUR / MINUTE);
        let (second, millis) = (rest % MINUTE / SECOND, rest % SECOND);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if millis > 0 { write!(f, ".{millis:03}Z") } else { f.write_str("Z") }
    }
}

/// What a field that should hold a time says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// As written.
    pub text: String,
    /// What it means. Nothing for what no clock of an operator can have shown: zero, a negative
    /// number, seconds, text of another form.
    pub moment: Option<Moment>,
}

impl Clock {
    /// The clock that says this.
    pub fn new(text: impl Into<String>) -> Clock {
        let text = text.into();
        Clock { moment: Moment::parse(&text), text }
    }
}

/// The number, if the text is one without sign and without a fraction that counts; nothing is rounded.
fn whole_number(text: &str) -> Option<i64> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: usize = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || exponent > 18 {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let zeros = exponent.checked_sub(fraction.len())?;
    format!("{whole}{fraction}{}", "0".repeat(zeros)).parse().ok()
}

fn rfc3339(text: &str) -> Option<i64> {
    let Datetime { date, time, offset } = text.parse().ok()?;
    let (date, time) = (date?, time?);
    let offset = match offset? {
        Offset::Z => 0,
        Offset::Custom { minutes } => minutes.into(),
    };
    let days = days_since_1970(date.year.into(), date.month.into(), date.day.into());
    let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - offset;
    let millis = i64::from(time.nanosecond.unwrap_or_default() / 1_000_000);
    Some(days * DAY + minutes * MINUTE + i64::from(time.second?) * SECOND + millis)
}

/// Days from 1970-01-01 to this day of the Gregorian calendar, in eras of 400 years that begin in
/// March, so that the leap day is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The day that lies so many days after 1970-01-01.
fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, year_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year =
        (year_of_era - year_of_era / 1460 + year_of_era / 36_524 - year_of_era / 146_096) / 365;
    let day_of_year = year_of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * from_march + 2) / 5 + 1, (from_march + 2) % 12 + 1);
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Moment::parse(text).map(|moment| moment.to_string())
    }

    #[test]
    fn both_spellings_of_a_time_mean_the_same() {
        for (text, expected) in [
            ("2022-05-03T10:20:30Z", "2022-05-03T10:20:30Z"),
            ("2022-05-03T10:20:30.5Z", "2022-05-03T10:20:30.500Z"),
            ("2022-05-03T10:20:30.123456789Z", "2022-05-03T10:20:30.123Z"),
            ("2022-05-03T12:20:30+02:00", "2022-05-03T10:20:30Z"),
            ("2022-05-02T23:50:30-10:30", "2022-05-03T10:20:30Z"),
            ("1651573230000", "2022-05-03T10:20:30Z"),
            ("1651573230001", "2022-05-03T10:20:30.001Z"),
            ("1.651573230001e+12", "2022-05-03T10:20:30.001Z"),
            ("1.65157323E12", "2022-05-03T10:20:30Z"),
            ("1651573230001.0", "2022-05-03T10:20:30.001Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("2022-01-01T00:00:00Z", "2022-01-01T00:00:00Z"),
            ("2099-12-31T23:59:59.999Z", "2099-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn every_day_of_the_range_is_read_back() {
        for millis in (EARLIEST..LATEST).step_by(86_400_000) {
            let moment = Moment(millis);
            assert_eq!(Moment::parse(&moment.to_string()), Some(moment));
        }
    }

    #[test]
    fn what_no_clock_of_an_operator_shows_is_no_time() {
        let texts = "0 -1 1651573230 1651573230000000 99999999999999999999 1e12 +1651573230000 \
            1.651573230001e+11 1.6515732300015e12 1651573230000.5 1.651573230001e-12 1e400 e12 1.e12 .5e12 \
            2022-05-03 2022-05-03T10:20:30 2022-13-03T10:20:30Z 2023-02-29T00:00:00Z 2022-05-03TZ TZ é \
            2022-05-03T24:00:00Z 2022-5-3T1:2:3Z 1970-01-01T00:00:00Z 2100-01-01T00:00:00Z \
            2022-05-03T10:20:30.Z 2022-05-03T10:20:30+0200 2022-05-03T10:20:30+é:00 \
            2022-05-03T10:20:30Zé 2022-05-03T10:20Z 10:20:30Z ١٦٥١٥٧٣٢٣٠٠٠٠";
        for text in texts.split(' ').chain([""]) {
            assert_eq!(parsed(text), None, "{text:?}");
        }
    }
}
