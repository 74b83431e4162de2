//! The lane by a clock of the test: shares, second bundles, promises, and that nothing is left behind.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::*;
use crate::delivery::cache::Reading;

const MEBIBYTE: u64 = 1024 * 1024;

fn shared(lane: &Lane) -> &Arc<Shared> {
    lane.0.as_ref().unwrap()
}

fn of(school: u32, person: u8) -> Downloader {
    Downloader { school, session: [person; 16] }
}

/// Begins a bundle at an instant, with its bytes not paced.
fn begin(lane: &Lane, of: Downloader, bytes: u64, now: Instant) -> Result<(), Later> {
    shared(lane).begin(of, bytes, now)
}

/// One that asks again as soon as it has had its turn, as a quick client does.
struct Quick {
    turn: u64,
    waits: Option<(Place, oneshot::Receiver<()>)>,
    sent: u64,
}

impl Quick {
    fn new(turn: u64) -> Self {
        Self { turn, waits: None, sent: 0 }
    }

    /// Sends while it may.
    fn go_on(&mut self, shared: &Shared, now: Instant) {
        loop {
            if let Some((_, gone)) = &mut self.waits {
                if gone.try_recv().is_err() {
                    return;
                }
                self.sent += shared.piece_bytes;
                self.waits = None;
            }
            self.waits = shared.ask(self.turn, shared.piece_bytes, now);
            if self.waits.is_none() {
                self.sent += shared.piece_bytes;
            }
        }
    }
}

/// Runs quick clients for some seconds, a hundred looks a second.
fn run(lane: &Lane, clients: &mut [Quick], seconds: u64) {
    let (shared, began) = (shared(lane), Instant::now());
    for look in 0..seconds * 100 {
        let now = began + Duration::from_millis(look * 10);
        let _when = shared.give_turns(now);
        for client in &mut *clients {
            client.go_on(shared, now);
        }
    }
}

#[test]
fn schools_have_equal_shares_however_many_downloads_each_has() {
    let lane = Lane::new(10 * MEBIBYTE);
    // Three downloads of one school, one of each of two others, and single scripts of the first.
    let mut clients = [2, 2, 2, 4, 6, 3].map(Quick::new);
    run(&lane, &mut clients, 20);
    let sent = clients.map(|client| client.sent);
    let all: u64 = sent.iter().sum();
    assert!(all.abs_diff(200 * MEBIBYTE) < 3 * MEBIBYTE, "{all} bytes in 20 s");
    let shares = [sent[0] + sent[1] + sent[2], sent[3], sent[4], sent[5]];
    for share in shares {
        assert!(share.abs_diff(all / 4) < MEBIBYTE, "{shares:?}");
    }
}

#[test]
fn what_one_does_not_use_others_have() {
    let lane = Lane::new(10 * MEBIBYTE);
    let mut clients = [2, 4].map(Quick::new);
    let (shared, began) = (shared(&lane), Instant::now());
    for look in 0..2_000 {
        let now = began + Duration::from_millis(look * 10);
        let _when = shared.give_turns(now);
        // The second comes only ten times a second.
        let ready = if look % 10 == 0 { 2 } else { 1 };
        clients[..ready].iter_mut().for_each(|client| client.go_on(shared, now));
    }
    let [quick, slow] = clients.map(|client| client.sent);
    assert!(quick + slow > 195 * MEBIBYTE, "{quick} and {slow}");
    assert!(slow < 25 * MEBIBYTE, "{slow}");
}

#[test]
fn a_second_person_of_a_school_has_what_is_to_spare_or_a_promise_that_holds() {
    let lane = Lane::new(MEBIBYTE);
    let began = Instant::now() + Duration::from_secs(1);
    let at = |millis: u64| began + Duration::from_millis(millis);
    assert_eq!(begin(&lane, of(7, 1), 60 * MEBIBYTE, at(0)), Ok(()));
    // The line is free: a second one takes nothing from anybody.
    assert_eq!(begin(&lane, of(7, 2), MEBIBYTE, at(0)), Ok(()));
    shared(&lane).end(of(7, 2), MEBIBYTE);
    // Now somebody waits for a turn.
    let mut other = Quick::new(14);
    other.go_on(shared(&lane), at(0));
    let later = begin(&lane, of(7, 2), MEBIBYTE, at(10)).unwrap_err();
    assert_eq!(later.wait, Duration::from_secs(76), "60 MiB at 1 MiB/s, a quarter, and a second");
    // Asking again changes nothing, and a third person has a promise of their own.
    let later = begin(&lane, of(7, 2), MEBIBYTE, at(20_010)).unwrap_err();
    assert_eq!(later.wait, Duration::from_secs(56));
    assert!(begin(&lane, of(7, 3), MEBIBYTE, at(20_010)).is_err());
    // Another school is not concerned, nor is who resumes.
    assert_eq!(begin(&lane, of(8, 1), MEBIBYTE, at(20_010)), Ok(()));
    assert_eq!(begin(&lane, of(7, 1), MEBIBYTE, at(20_010)), Ok(()));
    other.go_on(shared(&lane), at(76_000));
    assert!(begin(&lane, of(7, 2), MEBIBYTE, at(76_009)).is_err());
    assert_eq!(begin(&lane, of(7, 2), MEBIBYTE, at(76_010)), Ok(()), "as promised");
}

#[test]
fn a_promise_outlives_the_download_that_was_waited_for() {
    let lane = Lane::new(MEBIBYTE);
    let began = Instant::now() + Duration::from_secs(1);
    let at = |seconds| began + Duration::from_secs(seconds);
    begin(&lane, of(7, 1), 60 * MEBIBYTE, at(0)).unwrap();
    let mut other = Quick::new(14);
    other.go_on(shared(&lane), at(0));
    for session in [2, 3] {
        let later = begin(&lane, of(7, session), MEBIBYTE, at(0)).unwrap_err();
        assert_eq!(later.wait, Duration::from_secs(76));
    }
    // It is over sooner, and whoever asks first has the next turn; the third one keeps their time.
    shared(&lane).end(of(7, 1), 60 * MEBIBYTE);
    assert_eq!(begin(&lane, of(7, 2), 600 * MEBIBYTE, at(30)), Ok(()));
    other.go_on(shared(&lane), at(75));
    assert!(begin(&lane, of(7, 3), MEBIBYTE, at(75)).is_err());
    assert_eq!(begin(&lane, of(7, 3), MEBIBYTE, at(76)), Ok(()), "as promised");
    // Whoever comes much too late asks anew.
    let later = begin(&lane, of(7, 4), MEBIBYTE, at(76)).unwrap_err();
    other.go_on(shared(&lane), at(2_000));
    assert!(begin(&lane, of(7, 5), MEBIBYTE, at(76) + later.wait + PROMISE_KEPT).is_err());
    assert!(begin(&lane, of(7, 4), MEBIBYTE, at(76) + later.wait + PROMISE_KEPT).is_err());
}

#[test]
fn a_promise_is_kept_by_whoever_ends_sooner_and_a_stuck_download_holds_up_for_minutes_only() {
    let lane = Lane::new(MEBIBYTE);
    let began = Instant::now() + Duration::from_secs(1);
    begin(&lane, of(7, 1), 100_000 * MEBIBYTE, began).unwrap();
    let mut other = Quick::new(14);
    other.go_on(shared(&lane), began);
    let later = begin(&lane, of(7, 2), MEBIBYTE, began).unwrap_err();
    assert_eq!(later.wait, Duration::from_mins(15));
    shared(&lane).end(of(7, 1), 100_000 * MEBIBYTE);
    assert_eq!(begin(&lane, of(7, 2), MEBIBYTE, began), Ok(()));
    shared(&lane).end(of(7, 2), MEBIBYTE);
    assert!(shared(&lane).lock().schools.is_empty());
}

#[test]
fn the_outlook_is_told_only_where_somebody_would_notice() {
    let lane = Lane::new(MEBIBYTE);
    assert_eq!(Lane::new(0).outlook(of(7, 1), 1_000 * MEBIBYTE), None);
    let now = Instant::now();
    begin(&lane, of(8, 1), 600 * MEBIBYTE, now).unwrap();
    let mut other = Quick::new(16);
    other.go_on(shared(&lane), now);
    let seconds = |outlook: Option<Duration>| outlook.map(|time| time.as_secs());
    // Two schools share one mebibyte a second.
    assert_eq!(seconds(lane.outlook(of(7, 1), 120 * MEBIBYTE)), Some(240));
    assert_eq!(lane.outlook(of(7, 1), 10 * MEBIBYTE), None);
    // A colleague is before them, and has the whole line for the moment.
    assert_eq!(seconds(lane.outlook(of(8, 2), 120 * MEBIBYTE)), Some(720));
    assert_eq!(seconds(lane.outlook(of(8, 1), 120 * MEBIBYTE)), Some(600));
}

fn bytes(count: u64) -> Bytes {
    Bytes::from(vec![7; usize::try_from(count).unwrap()])
}

async fn read(reading: Reading) -> u64 {
    let Reading::Stream(pieces) = reading else { panic!("a paced reading is a stream") };
    let lengths = pieces.map_ok(|piece| piece.len() as u64);
    lengths.try_fold(0, async |sum, length| Ok(sum + length)).await.unwrap()
}

#[tokio::test]
async fn every_byte_goes_through_and_nothing_stays_behind() {
    let lane = Lane::new(200 * MEBIBYTE);
    let blocks = || stream::iter((0..4).map(|_| Ok(bytes(MEBIBYTE)))).boxed();
    let whole = async {
        let way = lane.bundle(of(7, 1), 4 * MEBIBYTE).unwrap();
        read(way.paced(Reading::Stream(blocks()))).await
    };
    let script = async { read(lane.script(7).paced(Reading::Piece(bytes(70_000)))).await };
    let cut_off = async {
        let way = lane.bundle(of(9, 1), 4 * MEBIBYTE).unwrap();
        let Reading::Stream(mut pieces) = way.paced(Reading::Stream(blocks())) else { panic!() };
        pieces.try_next().await.unwrap().unwrap().len() as u64
    };
    let sent = tokio::select! {
        () = lane.run() => panic!("the lane ends"),
        sent = async { tokio::join!(whole, script, cut_off) } => sent,
    };
    assert_eq!(sent, (4 * MEBIBYTE, 70_000, shared(&lane).piece_bytes));
    let state = shared(&lane).lock();
    assert!(state.schools.is_empty());
    assert_eq!(state.turns.waiting(), 0);
}

#[tokio::test]
async fn whoever_goes_away_while_waiting_takes_nobodys_turn() {
    let lane = Lane::new(PIECE_BYTES);
    let way = lane.bundle(of(7, 1), 4 * MEBIBYTE).unwrap();
    let Reading::Stream(mut pieces) = way.paced(Reading::Piece(bytes(4 * MEBIBYTE))) else {
        panic!("a paced reading is a stream")
    };
    // Nobody gives out turns: what is not to spare waits.
    while futures_util::poll!(pieces.next()).is_ready() {}
    assert_eq!(shared(&lane).lock().turns.waiting(), 1);
    drop(pieces);
    let state = shared(&lane).lock();
    assert_eq!((state.turns.waiting(), state.schools.len()), (0, 0));
}

#[test]
fn without_a_ceiling_nothing_is_touched() {
    let way = Lane::new(0).bundle(of(7, 1), MEBIBYTE).unwrap();
    let piece = bytes(10);
    match way.paced(Reading::Piece(piece.clone())) {
        Reading::Piece(same) => assert_eq!(same.as_ptr(), piece.as_ptr()),
        Reading::Stream(_) => panic!("it was wrapped"),
    }
}
