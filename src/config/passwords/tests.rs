//! The profiles that ship, what they refuse, and what of a file is refused.

use super::*;
use crate::domain::passwords::{Context, Reason, SecondFactor};

fn shipped(profile: &str) -> PasswordPolicy {
    let text = SHIPPED.replace("profile = \"ncsc\"", &format!("profile = \"{profile}\""));
    parse(Path::new("passwords.toml"), &text).unwrap()
}

const ANN: Context<'_> = Context {
    full_name: "Annabel Thornbury",
    username: "a.thornbury@hillside.example",
    organisations: &["Hillside Primary School"],
    second_factor: SecondFactor::None,
    old: None,
};

fn reasons(profile: &str, password: &str) -> Vec<Reason> {
    shipped(profile).check(password, &ANN).err().unwrap_or_default()
}

#[test]
fn one_table_of_passwords_under_both_profiles() {
    use Reason::{Common, NoCapital, NoDigit, NoOther, NoSmall, TooLong, TooShort, Word};
    let word = |text: &str| Word(text.to_owned());
    for (password, ncsc, pag) in [
        ("otter lantern gravel moss", vec![], vec![NoCapital, NoDigit]),
        ("Otter-lantern7", vec![TooShort(15)], vec![]),
        ("Zög£ern8x", vec![TooShort(15)], vec![]),
        ("  Otter lantern 7 ", vec![], vec![]),
        ("P@ssw0rd2024!", vec![TooShort(15), Common], vec![Common]),
        ("Passwordpassword1!", vec![Common], vec![Common]),
        ("12345678901234567890", vec![Common], vec![NoCapital, NoSmall, NoOther, Common]),
        ("aaaaaaaaaaaaaaaaaaaa", vec![Common], vec![NoCapital, NoDigit, NoOther, Common]),
        ("Qwertyuiop1234567!", vec![Common], vec![Common]),
        ("Sats2024!", vec![TooShort(15), word("sats")], vec![word("sats")]),
        ("Hillside-School-2024", vec![word("hillside")], vec![word("hillside")]),
        ("Thornbury!20242024", vec![word("thornbury")], vec![word("thornbury")]),
        ("Thornbury otter lantern 8", vec![], vec![]),
        (
            "",
            vec![TooShort(15), Common],
            vec![TooShort(8), NoCapital, NoSmall, NoDigit, NoOther, Common],
        ),
    ] {
        assert_eq!(reasons("ncsc", password), ncsc, "ncsc {password}");
        assert_eq!(reasons("pag", password), pag, "pag {password}");
    }
    let long = "Aé7! otter-lantern".repeat(8);
    let cut: String = long.chars().take(128).collect();
    for profile in ["ncsc", "pag"] {
        assert_eq!(reasons(profile, &cut), []);
        assert_eq!(reasons(profile, &long), [TooLong(128)]);
    }
}

#[test]
fn a_second_factor_a_known_password_and_an_old_one_change_the_answer() {
    let with = |context: Context<'_>, password: &str| shipped("ncsc").check(password, &context);
    let two = Context { second_factor: SecondFactor::Asked, ..ANN };
    assert_eq!(with(two, "gravel-moss"), Ok(()));
    let changed = Context { old: Some("otter lantern gravel moss 1"), ..ANN };
    assert_eq!(with(changed, "otter lantern gravel moss 2"), Err(vec![Reason::LikeOld]));
    assert_eq!(with(changed, "heron basket thimble 2"), Ok(()));
    // Typed apart or together, it is the same password.
    let apart = Context { old: Some("cafe\u{301} lantern gravel moss"), ..ANN };
    assert_eq!(with(apart, "caf\u{e9} lantern gravel moss"), Err(vec![Reason::LikeOld]));

    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("ranges")).unwrap();
    let range = "AD6438836DBE526AA231ABDE2D0EEF74D42:118\n";
    fs::write(folder.path().join("ranges/ABF7A"), range).unwrap();
    let file = folder.path().join("passwords.toml");
    let text = SHIPPED.replace("breached_folder = \"\"", "breached_folder = \"ranges\"");
    fs::write(&file, text).unwrap();
    let policy = load(&file).unwrap();
    let refused = policy.check("correct horse battery staple", &ANN);
    assert_eq!(refused, Err(vec![Reason::Breached]));
    assert_eq!(policy.check("correct horse battery stable", &ANN), Ok(()));
}

#[test]
fn every_problem_has_its_line() {
    let told = |from: &str, to: &str| {
        let problems = parse(Path::new("p.toml"), &SHIPPED.replacen(from, to, 1)).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        told("length_min = 15", "length_min = 6"),
        "p.toml:15: ncsc.length_min: 6 is out of range; write a number from 8 to 64"
    );
    assert!(told("days = 60", "day = 60").starts_with("p.toml:"));
    assert!(told("profile = \"ncsc\"", "profile = \"pga\"").contains("unknown variant"));
    assert!(told("reminders = [14, 7, 1]", "reminders = [0]").contains("0 is out of range"));
    assert!(told("common = \"\"", "common = \"none.txt\"").contains("cannot be read"));
    assert!(told("breached_folder = \"\"", "breached_folder = \"none\"").contains("is no folder"));
}
