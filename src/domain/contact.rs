//! How an organisation can be reached: a telephone number and an email address, as its people type them.

/// Longest email address, in bytes (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;
/// Fewest and most digits of a telephone number, its extension apart.
const DIGITS: std::ops::RangeInclusive<usize> = 10..=15;
/// Most digits of an extension.
const EXTENSION_MAX: usize = 6;
/// Longest telephone number, in bytes.
const PHONE_BYTES_MAX: usize = 40;

/// A telephone number and an email address that are right, or empty because nobody has said them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    phone: String,
    email: String,
}

/// What is wrong with what was typed, field by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BadContact {
    /// With the telephone number.
    pub phone: Option<&'static str>,
    /// With the email address.
    pub email: Option<&'static str>,
}

impl Contact {
    /// What was typed, if all of it is right. Spaces around and doubled spaces go.
    pub fn typed(phone: &str, email: &str) -> Result<Self, BadContact> {
        let (phone, email) = (phone.trim_matches(' '), email.trim_matches(' '));
        let bad = BadContact { phone: bad_phone(phone), email: bad_email(email) };
        if bad != BadContact::default() {
            return Err(bad);
        }
        let words: Vec<&str> = phone.split(' ').filter(|word| !word.is_empty()).collect();
        Ok(Self { phone: words.join(" "), email: email.to_owned() })
    }

    /// What was kept, right or not: the register has numbers of its own.
    pub fn kept(phone: String, email: String) -> Self {
        Self { phone, email }
    }

    /// The telephone number.
    pub fn phone(&self) -> &str {
        &self.phone
    }

    /// The email address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// What another one changes, in words for the audit.
    pub fn change(&self, new: &Self) -> String {
        let fields = [("phone", &self.phone, &new.phone), ("email", &self.email, &new.email)];
        let changed = fields.into_iter().filter(|(_, old, new)| old != new);
        let words: Vec<String> =
            changed.map(|(name, old, new)| format!("{name}: \"{old}\" → \"{new}\"")).collect();
        words.join("; ")
    }
}

/// Digits with spaces, brackets, hyphens and a leading plus; an extension after `ext` or `x`.
fn bad_phone(text: &str) -> Option<&'static str> {
    const BAD: &str = "Enter a telephone number, like 01632 960 001 or 01632 960 001 ext 12";
    if text.is_empty() {
        return Some("Enter a telephone number");
    }
    let lower = text.to_ascii_lowercase();
    let (number, extension) = match lower.split_once('x') {
        None => (lower.as_str(), None),
        Some((number, after)) => (number.strip_suffix('e').unwrap_or(number), Some(after)),
    };
    let extension = extension.map(|after| after.strip_prefix('t').unwrap_or(after).trim());
    let plain = number.strip_prefix('+').unwrap_or(number);
    let allowed = plain.bytes().all(|b| b.is_ascii_digit() || b" ()-".contains(&b));
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    let is_extension = |digits: &str| {
        (1..=EXTENSION_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let right = text.len() <= PHONE_BYTES_MAX
        && allowed
        && DIGITS.contains(&digits)
        && extension.is_none_or(is_extension);
    (!right).then_some(BAD)
}

/// Whether a text can be an email address.
pub fn looks_like_email(text: &str) -> bool {
    bad_email(text).is_none()
}

/// Whether a text can be an email address. Whether it is one, only a message tells.
fn bad_email(text: &str) -> Option<&'static str> {
    const BAD: &str = "Enter an email address in the correct format, like name@example.com";
    if text.is_empty() {
        return Some("Enter an email address");
    }
    let Some((local, domain)) = text.split_once('@') else { return Some(BAD) };
    let in_local = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let in_label = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let dots = |part: &str| part.starts_with('.') || part.ends_with('.') || part.contains("..");
    let label = |label: &str| {
        let hyphens = label.starts_with('-') || label.ends_with('-');
        (1..=63).contains(&label.len()) && !hyphens && label.bytes().all(in_label)
    };
    let right = text.len() <= EMAIL_BYTES_MAX
        && (1..=64).contains(&local.len())
        && local.bytes().all(in_local)
        && !dots(local)
        && domain.contains('.')
        && domain.split('.').all(label);
    (!right).then_some(BAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_as_people_write_them() {
        for phone in ["01632 960001", "(01632) 960-001", "+44 1632 960 001", "01632 960001 ext 12"]
        {
            assert_eq!(bad_phone(phone), None, "{phone}");
        }
        for email in ["office@school.example", "o'neill+sats@st-mary.sch.example"] {
            assert_eq!(bad_email(email), None, "{email}");
        }
        let contact = Contact::typed(" 01632   960001 ", " office@school.example ").unwrap();
        assert_eq!((contact.phone(), contact.email()), ("01632 960001", "office@school.example"));
    }

    #[test]
    fn what_is_none_is_refused() {
        for phone in [
            "",
            "01632",
            "call us",
            "01632 960001\r\nBcc: x",
            "<b>01632960001</b>",
            "01632 960001 ext",
            "01632 960001 ext 1234567",
            "٠١٦٣٢٩٦٠٠٠١",
            "1234567890123456",
            "01632+960001",
        ] {
            assert!(bad_phone(phone).is_some(), "{phone}");
        }
        for email in [
            "",
            "office",
            "@school.example",
            "office@",
            "office@school",
            "a b@school.example",
            "office@school.example\r\nBcc: all@school.example",
            "<b>@school.example",
            "office@-school.example",
            "office@school..example",
            ".office@school.example",
            "office@@school.example",
            "\"office\"@school.example",
            "öffice@school.example",
        ] {
            assert!(bad_email(email).is_some(), "{email}");
        }
        let long = format!("{}@{}.example", "a".repeat(64), "b".repeat(63).repeat(4));
        assert!(bad_email(&long).is_some());
    }

    #[test]
    fn a_change_names_what_changed() {
        let old = Contact::kept("1".to_owned(), "a@b.c".to_owned());
        let new = Contact::kept("2".to_owned(), "a@b.c".to_owned());
        assert_eq!(old.change(&new), "phone: \"1\" → \"2\"");
        assert_eq!(old.change(&old), "");
    }
}
