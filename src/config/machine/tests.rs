//! Tests of what a server needs to find before it starts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::config::{Config, Oidc, Role};
use crate::domain::access::Permission;

/// A folder with all that a configuration names.
fn furnished() -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut config = Config::default();
    let (server, database) = (&mut config.server, &mut config.database);
    server.certificate = path("certificate.pem");
    server.key = path("key.pem");
    server.state = path("far/down/state");
    database.owner_password_file = path("owner");
    database.app_password_file = path("app");
    database.node_password_file = path("node");
    database.worker_password_file = path("worker");
    config.blobs.folder = path("blobs");
    config.cycles.folder = path("cycles");
    for name in ["certificate.pem", "key.pem", "app", "node", "worker"] {
        fs::write(path(name), "something\n").unwrap();
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::create_dir_all(path("cycles/2025")).unwrap();
    fs::write(path("cycles/2025/calendar.toml"), "").unwrap();
    (folder, config)
}

/// Line, key and problem of everything that loading finds, the folder left out.
fn found(folder: &Path, config: &Config) -> Vec<String> {
    let file = folder.join("daybreak.toml");
    fs::write(&file, config.to_toml()).unwrap();
    let Err(problems) = Config::load(&file) else { return Vec::new() };
    let shown = folder.display().to_string();
    let one = |text: String| text.replace(&format!("{shown}/"), "").replace(&shown, "HERE");
    problems.iter().map(|problem| one(problem.to_string())).collect()
}

/// The line of a key in the text that `found` reads.
fn line(config: &Config, key: &str) -> usize {
    let text = config.to_toml();
    1 + text.lines().position(|line| line.starts_with(&format!("{key} = "))).unwrap()
}

#[test]
fn a_furnished_machine_has_no_problem() {
    let (folder, mut config) = furnished();
    assert_eq!(found(folder.path(), &config), Vec::<String>::new());
    config.server.certificate = "".into();
    config.server.key = "".into();
    fs::remove_file(folder.path().join("key.pem")).unwrap();
    assert_eq!(found(folder.path(), &config), Vec::<String>::new());
}

#[test]
fn everything_that_is_missing_is_told_at_its_line() {
    let (folder, mut config) = furnished();
    for name in ["certificate.pem", "key.pem", "app", "node", "worker"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    config.cycles.year = 2031;
    let at = |key: &str| line(&config, key);
    let missing = "cannot be read (No such file or directory (os error 2)); put it there, or name the right file";
    assert_eq!(
        found(folder.path(), &config),
        [
            format!(
                "daybreak.toml:{}: server.certificate: certificate.pem {missing}",
                at("certificate")
            ),
            format!("daybreak.toml:{}: server.key: key.pem {missing}", at("key")),
            format!(
                "daybreak.toml:{}: database.app_password_file: app {missing}",
                at("app_password_file")
            ),
            format!(
                "daybreak.toml:{}: database.node_password_file: node {missing}",
                at("node_password_file")
            ),
            format!(
                "daybreak.toml:{}: database.worker_password_file: worker {missing}",
                at("worker_password_file")
            ),
            format!(
                "daybreak.toml:{}: cycles.year: is 2031, and cycles/2031/calendar.toml cannot be read (No such file or directory (os error 2)); name a year that has a folder in cycles.folder",
                at("year")
            ),
        ]
    );
}

#[test]
fn a_state_folder_under_a_file_cannot_be_made() {
    let (folder, mut config) = furnished();
    config.server.state = folder.path().join("app/state");
    let expected = format!(
        "daybreak.toml:{}: server.state: app is not a folder; name a folder",
        line(&config, "state")
    );
    assert_eq!(found(folder.path(), &config), [expected]);
}

#[test]
fn a_private_key_that_everybody_reads_is_refused() {
    let (folder, config) = furnished();
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(folder.path().join("key.pem"), open).unwrap();
    let expected = format!(
        "daybreak.toml:{}: server.key: key.pem is open to every user of this machine (mode 644); run: chmod o= key.pem",
        line(&config, "key")
    );
    assert_eq!(found(folder.path(), &config), [expected]);
}

#[test]
fn access_takes_the_password_of_the_role() {
    let (folder, config) = furnished();
    fs::write(folder.path().join("node"), "secret\n").unwrap();
    let access = config.database.access(Role::Node).unwrap();
    assert_eq!(access.user, "daybreak_node");
    let hidden = |text: &str| crate::telemetry::Hidden::new(text.to_owned());
    assert_eq!(access.password.to_try(), [hidden("secret")]);
    fs::write(folder.path().join("node"), "another\n").unwrap();
    assert_eq!(access.password.to_try(), [hidden("another"), hidden("secret")]);
    fs::write(folder.path().join("node"), "half\na file").unwrap();
    assert_eq!(access.password.to_try(), [hidden("secret")], "what last worked still does");
    assert_eq!(access.connections_max, 16);
    let problem = config.database.access(Role::Owner).unwrap_err();
    assert_eq!(problem.key, "database.owner_password_file");
    assert_eq!(problem.file, folder.path().join("owner"));
}

/// A configuration that looks roles up, with its secrets.
fn with_roles() -> (tempfile::TempDir, Config) {
    let (folder, mut config) = furnished();
    let oidc = &mut config.oidc;
    oidc.issuer = "https://id.example".to_owned();
    oidc.name = "Sector Sign-in".to_owned();
    oidc.client_id = "daybreak".to_owned();
    oidc.client_secret_file = folder.path().join("app");
    oidc.roles_address = "https://api.id.example".to_owned();
    oidc.roles_service = "service-7".to_owned();
    oidc.roles_secret_file = folder.path().join("node");
    oidc.roles.insert("KS2 Reader".to_owned(), "user".to_owned());
    oidc.roles.insert("head".to_owned(), "user account_manager".to_owned());
    (folder, config)
}

#[test]
fn a_look_up_of_roles_has_all_that_it_needs() {
    let (folder, config) = with_roles();
    assert_eq!(found(folder.path(), &config), Vec::<String>::new());
    let settings = config.oidc.settings("https://x.example").unwrap().unwrap();
    let roles = settings.roles.unwrap();
    assert_eq!(roles.secret.expose(), "something");
    assert_eq!((roles.ages.whole.as_mins(), roles.ages.last_known.as_hours()), (30, 24));
    let covered = roles.covers.of(&["KS2 Reader".to_owned(), "unheard of".to_owned()]);
    assert_eq!(covered.iter().map(Permission::key).collect::<Vec<_>>(), ["user"]);
    // Without an address all is as it was, whatever else is set.
    let config = Config {
        oidc: Oidc { roles_address: String::new(), roles_service: String::new(), ..config.oidc },
        ..config
    };
    assert!(config.oidc.settings("https://x.example").unwrap().unwrap().roles.is_none());
    assert_eq!(found(folder.path(), &config), Vec::<String>::new());
}

#[test]
fn what_a_look_up_of_roles_lacks_is_told_at_its_line() {
    let told = |change: &dyn Fn(&mut Oidc), key: &str, words: &str| {
        let (folder, mut config) = with_roles();
        change(&mut config.oidc);
        let expected = format!("daybreak.toml:{}: oidc.{words}", line(&config, key));
        assert_eq!(found(folder.path(), &config), [expected]);
    };
    for address in ["api.id.example", "http://api.id.example", "https://api.id.example/"] {
        told(
            &|oidc| oidc.roles_address = address.to_owned(),
            "roles_address",
            "roles_address: is no address to ask for roles; write https:// and the host, without a slash at the end",
        );
    }
    told(
        &|oidc| oidc.roles_service.clear(),
        "roles_address",
        "roles_address: needs oidc.roles_service; set oidc.roles_service",
    );
    told(
        &|oidc| oidc.issuer.clear(),
        "roles_address",
        "roles_address: needs oidc.issuer; set oidc.issuer",
    );
    told(
        &|oidc| oidc.roles.clear(),
        "roles_address",
        "roles_address: needs a role in oidc.roles: else whoever comes through the service may do nothing; begin the section [oidc.roles], with a line for each role's code",
    );
    told(
        &|oidc| (oidc.roles_age_minutes, oidc.roles_last_known_hours) = (61, 1),
        "roles_age_minutes",
        "roles_age_minutes: is 61 minutes, above oidc.roles_last_known_hours = 1; lower the one or raise the other",
    );
    told(
        &|oidc| oidc.roles_secret_file = "/nowhere".into(),
        "roles_secret_file",
        "roles_secret_file: /nowhere cannot be read (No such file or directory (os error 2)); put it there, or name the right file",
    );
    told(
        &|oidc| drop(oidc.roles.insert("head".to_owned(), "user manages".to_owned())),
        "head",
        "roles.head: \"manages\" is no permission; write permissions of docs/rights.md with spaces between, such as \"user\"",
    );
    told(
        &|oidc| drop(oidc.roles.insert("head".to_owned(), " ".to_owned())),
        "head",
        "roles.head: covers nothing, as does a role that is not named; write permissions of docs/rights.md with spaces between, such as \"user\"",
    );
}
