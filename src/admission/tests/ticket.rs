//! What a ticket must never be taken for.

use proptest::prelude::*;

use super::*;
use crate::node::keys::Purpose;

const QUEUE: Queue = Queue { event: 2024, epoch: 3 };
const NOW: u64 = 1_720_506_600;

fn keys(ids: &[u8]) -> TicketKeys {
    let ring: Vec<_> = ids.iter().map(|id| RingKey::new(Purpose::Form, *id, [*id; 32])).collect();
    TicketKeys::new(&ring)
}

fn ticket(kind: Kind) -> Ticket {
    let issued = unix_stamp(NOW);
    Ticket { kind, lane: Lane::Standard, queue: QUEUE, flags: 0, issued, seq: 812, nonce: 77 }
}

fn open(text: &str) -> Result<Ticket, Refused> {
    keys(&[1, 2]).open(text.as_bytes(), Kind::Ticket, QUEUE, NOW)
}

/// I7: whatever bit is changed, nobody gets in by it.
#[test]
fn i7_every_flipped_bit_is_refused() {
    let sealed = keys(&[1, 2]).seal(&ticket(Kind::Ticket)).unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&URL_SAFE_NO_PAD.encode(&changed)).is_err(), "bit {bit}");
    }
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone().into_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(keys(&[2]).open(&changed, Kind::Ticket, QUEUE, NOW).is_err(), "bit {bit} of text");
    }
}

/// I7: cut off, drawn out, padded.
#[test]
fn i7_only_sixty_four_characters_are_a_ticket() {
    let sealed = keys(&[1]).seal(&ticket(Kind::Ticket)).unwrap();
    assert_eq!(sealed.len(), TICKET_CHARS);
    for length in 0..TICKET_CHARS {
        assert_eq!(open(&sealed[..length]), Err(Refused::Length));
        assert_eq!(open(&sealed[TICKET_CHARS - length..]), Err(Refused::Length));
    }
    assert_eq!(open(&format!("{sealed}A")), Err(Refused::Length));
    assert_eq!(open(&"A".repeat(8192)), Err(Refused::Length));
    let other_spellings = [
        format!("{}==", &sealed[..62]),
        format!("{} ", &sealed[..63]),
        format!("{}+", &sealed[..63]),
        format!("{}/", &sealed[..63]),
    ];
    for text in other_spellings {
        assert_eq!(open(&text), Err(Refused::Alphabet), "{text}");
    }
}

/// I7: one kind is never another, nor one lane, event or epoch.
#[test]
fn i7_nothing_crosses_over() {
    let keys = keys(&[1]);
    for made in Kind::ALL {
        let sealed = keys.seal(&ticket(made)).unwrap();
        for wanted in Kind::ALL {
            let opened = keys.open(sealed.as_bytes(), wanted, QUEUE, NOW);
            let expected = if made == wanted { Ok(ticket(made)) } else { Err(Refused::Kind) };
            assert_eq!(opened, expected);
            // The byte that says the kind, changed by somebody without the key.
            let mut bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
            bytes[2] = wanted.number();
            let opened = keys.open(URL_SAFE_NO_PAD.encode(bytes).as_bytes(), wanted, QUEUE, NOW);
            assert_eq!(opened.is_ok(), made == wanted);
        }
    }
    let sealed = keys.seal(&ticket(Kind::Ticket)).unwrap();
    let other = |queue| keys.open(sealed.as_bytes(), Kind::Ticket, queue, NOW);
    assert_eq!(other(Queue { event: 2025, ..QUEUE }), Err(Refused::Event));
    assert_eq!(other(Queue { epoch: 4, ..QUEUE }), Err(Refused::Epoch));
    let device = keys.seal(&ticket(Kind::Device)).unwrap();
    let next_year = Queue { event: 2025, epoch: 0 };
    assert!(keys.open(device.as_bytes(), Kind::Device, next_year, NOW).is_ok());
}

/// I2: a rotated ring reads what the old key signed; a key that left the ring signs no more.
#[test]
fn i2_a_ticket_outlives_a_rotation() {
    let sealed = keys(&[1]).seal(&ticket(Kind::Ticket)).unwrap();
    assert_eq!(open(&sealed), Ok(ticket(Kind::Ticket)));
    let opened = keys(&[2]).open(sealed.as_bytes(), Kind::Ticket, QUEUE, NOW);
    assert_eq!(opened, Err(Refused::Key));
    assert_eq!(keys(&[]).seal(&ticket(Kind::Ticket)), None);
}

/// I2 and I7: each kind has its time, with two minutes for clocks that differ.
#[test]
fn i7_time_is_over_when_it_is_over() {
    let keys = keys(&[1]);
    let lives = [(Kind::Ticket, 43_200), (Kind::Pass, 900), (Kind::Device, 7_776_000)];
    for (kind, life) in lives {
        let sealed = keys.seal(&ticket(kind)).unwrap();
        let at = |now| keys.open(sealed.as_bytes(), kind, QUEUE, now).map(|_| ());
        assert_eq!(at(NOW + life + 120), Ok(()));
        assert_eq!(at(NOW + life + 121), Err(Refused::Expired));
        assert_eq!(at(NOW - 120), Ok(()));
        assert_eq!(at(NOW - 121), Err(Refused::Future));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sealed_is_read_as_it_was(
        kind in 0..4_usize, lane in 0..4_u8, event: u32, epoch: u16, flags: u16, seq: u64, nonce: u64,
    ) {
        let made = Ticket {
            kind: Kind::ALL[kind],
            lane: Lane::from_number(lane).unwrap(),
            queue: Queue { event, epoch },
            flags,
            issued: unix_stamp(NOW),
            seq,
            nonce,
        };
        let keys = keys(&[9]);
        let sealed = keys.seal(&made).unwrap();
        prop_assert_eq!(keys.open(sealed.as_bytes(), made.kind, made.queue, NOW), Ok(made));
    }

    /// I7: fields that swap bytes with their neighbours are not the same ticket.
    #[test]
    fn i7_bytes_that_change_places_are_refused(one in 0..48_usize, other in 0..48_usize) {
        let made = Ticket { seq: 0x0102_0304_0506_0708, nonce: 0x1112_1314_1516_1718, ..ticket(Kind::Ticket) };
        let mut bytes = URL_SAFE_NO_PAD.decode(keys(&[1]).seal(&made).unwrap()).unwrap();
        prop_assume!(bytes[one] != bytes[other]);
        bytes.swap(one, other);
        prop_assert!(open(&URL_SAFE_NO_PAD.encode(bytes)).is_err());
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in proptest::collection::vec(any::<u8>(), 0..130)) {
        prop_assert!(keys(&[1]).open(&text, Kind::Ticket, QUEUE, NOW).is_err());
    }
}
