//! The organisation for which somebody signs in at the service: as it names it, and which of ours that is.

use serde_json::Value;

use super::{Inner, NoAccount};
use crate::domain::access::{OrganisationKind, Permissions};
use crate::node::directory::{Organisation, User};
use crate::store::identity_roles::WithUrn;
use crate::telemetry::chain;

/// Longest name of an organisation there. It names them by UUIDs.
const PLACE_BYTES_MAX: usize = 64;
/// Longest number of an organisation, in digits.
const DIGITS_MAX: usize = 9;
/// Codes of authorities have three digits.
const AUTHORITY_CODES: std::ops::RangeInclusive<u32> = 100..=999;

/// The organisation for which somebody signs in at the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As the service names it.
    pub id: String,
    /// Which number it has, where that is one by which we know it.
    pub number: Option<Number>,
}

/// The number by which organisations of its category are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// URN of a school.
    Urn(i32),
    /// Code of a local authority.
    Authority(u16),
    /// Group UID of a trust.
    Trust(u32),
}

impl Place {
    /// Reads the claim of a token; none where no organisation is named, or none that could be asked about.
    pub fn read(claim: &Value) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let id = claim.get("id")?.as_str()?;
        let possible = !id.is_empty() && id.len() <= PLACE_BYTES_MAX && id.bytes().all(plain);
        possible.then(|| Self { id: id.to_owned(), number: Number::read(claim) })
    }
}

impl Number {
    /// What a claim has. The category decides which number counts, for each has numbers of its own; a claim without
    /// a category is of a school. An authority or a trust with a URN beside is two things at once, and neither.
    fn read(claim: &Value) -> Option<Self> {
        let urn = digits(claim, "urn");
        let category = match claim.get("category") {
            None | Some(Value::Null) => "001",
            Some(category) => category.get("id")?.as_str()?,
        };
        match (category, urn) {
            ("001", Some(urn)) => i32::try_from(urn).ok().map(Self::Urn),
            ("002", None) => {
                let code = digits(claim, "establishmentNumber")?;
                let is_code = AUTHORITY_CODES.contains(&code);
                is_code.then(|| u16::try_from(code).ok().map(Self::Authority))?
            }
            // Trusts of several academies, and of one.
            ("010" | "013", None) => digits(claim, "uid").map(Self::Trust),
            _ => None,
        }
    }

    fn is_of(self, organisation: &Organisation) -> bool {
        let Organisation { kind, la_code, group_uid, .. } = organisation;
        match self {
            Self::Urn(_) => false,
            Self::Authority(code) => *kind == OrganisationKind::Authority && *la_code == Some(code),
            Self::Trust(uid) => *kind == OrganisationKind::Trust && *group_uid == Some(uid),
        }
    }
}

/// A number above nought. They come as text, and as numbers from some.
fn digits(claim: &Value, name: &str) -> Option<u32> {
    let number = match claim.get(name)? {
        Value::String(text) => {
            // With a nought in front it is another text than the one that we know.
            let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
            let is_short = text.len() <= DIGITS_MAX;
            (plain && is_short).then(|| text.parse().ok())?
        }
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        _ => None,
    };
    number.filter(|number| *number > 0)
}

impl Inner {
    /// The one of somebody's organisations that the service names.
    pub(super) async fn organisation(&self, user: &User, place: &Place) -> Result<i64, NoAccount> {
        let found = match place.number.ok_or(NoAccount::Elsewhere)? {
            Number::Urn(urn) => self.school(user, place, urn).await?,
            number => self.numbered(number).ok_or(NoAccount::Elsewhere)?,
        };
        let is_own = user.is_member(found, self.node.clock.now());
        if is_own { Ok(found) } else { Err(NoAccount::Elsewhere) }
    }

    /// The school with a URN. The directory does not carry those: without the database it is the one for which the
    /// same name of the service stood before.
    async fn school(&self, user: &User, place: &Place, urn: i32) -> Result<i64, NoAccount> {
        match self.store.run(self.node.clock.now(), &WithUrn(urn)).await {
            Ok(found) => found.ok_or(NoAccount::Elsewhere),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "an organisation is as it is known");
                let directory = self.node.directory();
                let known = |(id, _): &&(i64, Permissions)| {
                    directory.roles(user.id, *id).is_some_and(|roles| roles.place == place.id)
                };
                let known = user.memberships.iter().find(known).ok_or(NoAccount::Away)?;
                Ok(known.0)
            }
        }
    }

    /// The authority or trust with a number, of which the directory knows; none where it knows two.
    fn numbered(&self, number: Number) -> Option<i64> {
        let directory = self.node.directory();
        let mut found = directory.organisations().filter(|known| number.is_of(known));
        let first = found.next()?.id;
        found.next().is_none().then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(claim: Value) -> Option<Number> {
        let mut claim = claim;
        claim["id"] = json!("a-1");
        Place::read(&claim).unwrap().number
    }

    #[test]
    fn a_place_is_named_as_it_can_be_asked_about() {
        let place = |claim: Value| Place::read(&claim).map(|place| (place.id, place.number));
        let named = |number: Option<Number>| Some(("a-1".to_owned(), number));
        let school = named(Some(Number::Urn(123_456)));
        assert_eq!(place(json!({ "id": "a-1", "urn": "123456", "name": "A" })), school);
        assert_eq!(place(json!({ "id": "a-1", "urn": 123_456 })), school);
        for none in
            [json!(null), json!(""), json!("x"), json!("+7"), json!(-5), json!(0), json!(1.5)]
        {
            assert_eq!(place(json!({ "id": "a-1", "urn": none })), named(None), "{none}");
        }
        for wrong in [
            json!(null),
            json!({}),
            json!("a-1"),
            json!([]),
            json!({ "id": "" }),
            json!({ "id": 7 }),
            json!({ "id": "../users" }),
            json!({ "id": "x".repeat(65) }),
        ] {
            assert_eq!(place(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn the_category_decides_which_number_counts() {
        let of = |category: &str, more: Value| {
            let mut claim = more;
            claim["category"] = json!({ "id": category, "name": "Any" });
            number(claim)
        };
        let school = json!({ "urn": "123456", "establishmentNumber": "2045", "uid": null });
        assert_eq!(of("001", school), Some(Number::Urn(123_456)));
        let authority = json!({ "urn": null, "uid": null, "establishmentNumber": "888" });
        assert_eq!(of("002", authority.clone()), Some(Number::Authority(888)));
        assert_eq!(of("002", json!({ "establishmentNumber": 888 })), Some(Number::Authority(888)));
        let trust = json!({ "urn": null, "uid": "2170", "establishmentNumber": null });
        assert_eq!(of("010", trust.clone()), Some(Number::Trust(2170)));
        assert_eq!(of("013", json!({ "uid": 2170 })), Some(Number::Trust(2170)));

        // The number of one category is none of another, and of what is no category there is none.
        assert_eq!(of("001", authority.clone()), None);
        assert_eq!(of("002", trust.clone()), None);
        assert_eq!(of("010", authority.clone()), None);
        for code in ["88", "0888", "8888", "8a8", "", "+88"] {
            assert_eq!(of("002", json!({ "establishmentNumber": code })), None, "{code}");
        }
        for category in ["", "009", "2", "02", "051"] {
            assert_eq!(of(category, json!({ "urn": "123456", "uid": "2170" })), None, "{category}");
        }
        for (category, number_of) in [("002", authority), ("010", trust.clone())] {
            let mut both = number_of;
            both["urn"] = json!("123456");
            assert_eq!(of(category, both), None, "{category} and a school");
        }
        assert_eq!(number(trust), None, "without a category only a school is named");
        assert_eq!(number(json!({ "category": "001", "urn": "123456" })), None);
    }
}
