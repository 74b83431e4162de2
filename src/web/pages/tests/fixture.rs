//! A small released school, trust or secondary: real packs in a real folder behind the real gate.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use tempfile::TempDir;

use crate::blob::manifest::{FORMAT, PackEntry, ReleaseManifest, manifest_key};
use crate::blob::pack::{Built, Index, ScriptsIndex, build, sha256};
use crate::blob::page::Change;
use crate::blob::{self, Blobs};
use crate::clock::Clock;
use crate::delivery::catalogue::Catalogue;
use crate::delivery::gate::{Gate, Opened};
use crate::delivery::*;
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::calendar::{Audience, ReleaseTimes};
use crate::domain::papers::Subject;
use crate::domain::release::{Correction, Holds, PlannedRelease};
use crate::node::Node;
use crate::node::directory::{Organisation, User};
use crate::node::downloads::Downloads;
use crate::node::plan::Plan;
use crate::node::served::Count;
use crate::service::results::{Actor, Right};
use crate::telemetry::Hidden;
use crate::web::layout::Layout;
use crate::web::pages::results::{Had, Released};

/// DfE number of the school in these tests.
pub(super) const SCHOOL: u32 = 8_882_045;
const OPENS: &str = "2024-07-09T06:30:00Z";

/// A count of 16,800 schools, told eleven minutes after the instant.
pub(super) fn served(schools: u64) -> Count {
    Count {
        schools,
        schools_expected: 16_800,
        told_at: Some(at("2024-07-09T06:41:00Z")),
        ..Count::default()
    }
}

/// A release that is open, and the one pack in it.
pub(super) struct Morning {
    pub(super) opened: Opened,
    pub(super) pack: Arc<Pack>,
    pub(super) page: PupilsPage,
    pub(super) held: BTreeSet<u32>,
    pub(super) downloads: Downloads,
    _folder: TempDir,
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn times() -> ReleaseTimes {
    let school = at(OPENS);
    ReleaseTimes::new([school, school, school, at("2024-07-10T06:30:00Z")])
}

pub(super) fn planned(manifest_digest: [u8; 32]) -> PlannedRelease {
    PlannedRelease {
        id: "2024-0".to_owned(),
        year: 2024,
        manifest_digest,
        corrections: vec![
            Correction { revision: 2, approved_at: at("2024-07-12T09:04:00Z") },
            Correction { revision: 3, approved_at: at("2024-07-15T13:30:00Z") },
        ],
        times: Some(times()),
        holds: Holds::default(),
    }
}

/// The year's real conversion table.
pub(super) fn scores(subject: Subject) -> Vec<(u16, u8)> {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/config/cycles/2024/scores/{}.csv", subject.key());
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
    // Raw marks without a score are rows as well.
    rows.filter_map(|(raw, scaled)| Some((raw.parse().ok()?, scaled.trim().parse().ok()?)))
        .collect()
}

/// Packs, approves and opens one pack.
fn release(index: Index, files: &[(SectionName, Vec<u8>)]) -> (Opened, Arc<Pack>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::folder(&folder.path().join("blobs"), &prometheus::Registry::new()).unwrap();
    let node = Node::open(&folder.path().join("state"), Clock::manual(at(OPENS))).unwrap();
    let (catalogue, id) = (Catalogue::default(), index.id);
    let Built { object, pinned_length, index_digest } = build(index, files);
    let length = object.len() as u64;
    let manifest = ReleaseManifest {
        format: FORMAT,
        release: "2024-0".to_owned(),
        year: 2024,
        scores: Subject::ALL.map(scores),
        packs: vec![PackEntry { id, key: "pack".to_owned(), length, pinned_length, index_digest }],
    };
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let planned = planned(sha256(&manifest));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        blobs.put("pack", object.into()).await.unwrap();
        blobs.put(&manifest_key("2024-0", planned.revision()), manifest.into()).await.unwrap();
        assert!(catalogue.load(&blobs, &planned).await.unwrap());
    });
    node.set_plan(Plan { releases: vec![planned] }).unwrap();
    let opened = Gate::new(node, catalogue).open(Audience::School, None).unwrap();
    let pack = opened.pack(id).unwrap();
    (opened, pack, folder)
}

impl Morning {
    /// A school with these pupils and all scripts that they have.
    pub(super) fn school(pupils: Vec<PupilLine>) -> Self {
        Self::named("St Mary's \"C of E\" <Primary> School", PackId::School(SCHOOL), pupils)
    }

    /// A school in a release without scripts.
    pub(super) fn without_scripts(mut pupils: Vec<PupilLine>) -> Self {
        for pupil in &mut pupils {
            pupil.scripts = [ScriptState::None; 6];
        }
        Self::named("Bare Primary", PackId::School(SCHOOL), pupils)
    }

    /// A secondary that these pupils join.
    pub(super) fn secondary(mut pupils: Vec<PupilLine>) -> Self {
        for pupil in &mut pupils {
            pupil.school = "Nether Wallop & District Primary".to_owned();
            pupil.scripts = [ScriptState::None; 6];
        }
        Self::named("Upper Wallop High", PackId::Secondary(8_884_100), pupils)
    }

    fn named(name: &str, id: PackId, pupils: Vec<PupilLine>) -> Self {
        let any = |pupil: &PupilLine| pupil.scripts.iter().any(|s| *s != ScriptState::None);
        let (laestab, schools) = match id {
            PackId::Secondary(laestab) => (laestab, vec![SCHOOL]),
            _ => (SCHOOL, Vec::new()),
        };
        let scripts_delivered = pupils.is_empty() || pupils.iter().any(any);
        let page = PupilsPage {
            name: name.to_owned(),
            laestab,
            scripts_delivered,
            pupils,
            corrections: Vec::new(),
        };
        let scripts = page.scripts_delivered.then(|| bundle(&page.pupils));
        let index = Index {
            id,
            revision: 1,
            inputs: [0; 32],
            sections: Vec::new(),
            scripts,
            schools,
            reconciliation: None,
        };
        let files = SectionName::ALL.map(|name| (name, vec![b'x'; 200 + 150 * page.pupils.len()]));
        let (opened, pack, folder) = release(index, &files);
        Self {
            opened,
            pack,
            page,
            held: BTreeSet::new(),
            downloads: Downloads::default(),
            _folder: folder,
        }
    }

    pub(super) fn released(&self) -> Released<'_> {
        Released {
            pupils: &self.page,
            pack: &self.pack,
            opened: &self.opened,
            promised_on: promised_on(),
            held: &self.held,
            had: Had { downloads: &self.downloads, organisation: 2, school: Some(SCHOOL) },
        }
    }

    /// The same school with pupils who were corrected twice since it downloaded some of its files.
    pub(super) fn corrected(mut self, before: [&[PupilLine]; 2]) -> Self {
        let texts = [
            "A script of reading was marked again after a review.",
            "The script of a pupil was found with those of another school and has been marked.",
        ];
        let after = [before[1], &self.page.pupils];
        for (place, revision) in (2..).enumerate().take(2) {
            let changes = Change::between(before[place], after[place], &|_, _| false);
            let reason = texts[place].to_owned();
            self.page.corrections.push(blob::page::Correction { revision, reason, changes });
        }
        for file in ["results.csv", "results.pdf", "scripts.zip"] {
            self.downloads.note(2, Some(SCHOOL), file, at("2024-07-09T06:31:00Z"));
        }
        self
    }

    pub(super) fn right(&self, audience: Audience) -> Right {
        Right { audience, pack: self.pack.index.id, scripts: audience == Audience::School }
    }
}

/// The schools of a trust: its list, its pack, the release.
pub(super) fn trust(schools: u32) -> (SchoolsPage, Arc<Pack>, Opened) {
    let line = |n: u32| SchoolLine {
        laestab: SCHOOL + n,
        name: ["St Mary's <Primary>", "Ysgol Tŷ'r Felin", "Nether Wallop & District"]
            [n as usize % 3]
            .to_owned(),
        pupils: 10 + n,
        counted: [10 + n, 10, 9],
        achieved: [8, 7, 6],
        corrected: [None, None, None, Some(2), None][n as usize % 5],
    };
    let page = SchoolsPage {
        name: "The Dawn & Dusk Trust".to_owned(),
        schools: (0..schools).map(line).collect(),
    };
    let schools = page.schools.iter().map(|school| school.laestab).collect();
    let id = PackId::Trust(4100);
    let index = Index {
        id,
        revision: 1,
        inputs: [0; 32],
        sections: vec![],
        scripts: None,
        schools,
        reconciliation: None,
    };
    let files = SectionName::ALL[..3].iter().map(|name| (*name, vec![b'x'; 1_234_567]));
    let (opened, pack, _) = release(index, &files.collect::<Vec<_>>());
    (page, pack, opened)
}

pub(super) fn promised_on() -> Date {
    date(2024, 7, 16)
}

fn bundle(pupils: &[PupilLine]) -> ScriptsIndex {
    let mut entries = Vec::new();
    let mut offset = 0;
    for pupil in pupils {
        for paper in 0_u8..6 {
            if pupil.scripts[usize::from(paper)] == ScriptState::Here {
                let (reference, length) = (pupil.reference.clone(), 30_000 + offset % 7_919);
                entries.push(ScriptEntry { reference, paper, offset, length, digest: [0; 32] });
                offset += length;
            }
        }
    }
    ScriptsIndex {
        key: "scripts.zip".to_owned(),
        length: offset,
        digest: [0; 32],
        blocks: vec![],
        entries,
        tail: None,
    }
}

/// Somebody who acts for an organisation of a kind.
pub(super) fn actor(kind: OrganisationKind, permissions: &[Permission]) -> Actor {
    let permissions = permissions.iter().copied().collect();
    let user = User {
        id: 1,
        username: "amina@example.org".to_owned(),
        full_name: "Amina \"Mina\" <Khan>".to_owned(),
        password_hash: Hidden::new(String::new()),
        epoch: 0,
        active: true,
        memberships: vec![(2, permissions)],
        cover: Vec::new(),
    };
    let organisation = Organisation {
        id: 2,
        kind,
        name: "St Mary's \"C of E\" <Primary> School".to_owned(),
        laestab: Some(SCHOOL),
        la_code: Some(888),
        group_uid: Some(4100),
    };
    Actor {
        session: [0; 16],
        user: Arc::new(user),
        organisation: Arc::new(organisation),
        permissions,
    }
}

/// The frame of a school's user.
pub(super) fn frame(title: &'static str) -> Layout {
    let actor = actor(OrganisationKind::School, &[Permission::User]);
    crate::web::pages::signed_in(&actor, "token".to_owned(), title)
}
