//! Places for connections: a cap for all, and a high one for each address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Assumed when the system names no limit of open files.
const OPEN_FILES_ASSUMED: u64 = 65_536;

/// The places of one listener, shared by its workers.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    max: usize,
    per_address_max: usize,
    per_address: Mutex<HashMap<IpAddr, usize>>,
}

impl Places {
    /// A cap for all, and one for each address (0: none).
    pub(super) fn new(max: usize, per_address_max: usize) -> Arc<Self> {
        let max = max.min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            all: Arc::new(Semaphore::new(max)),
            max,
            per_address_max,
            per_address: Mutex::new(HashMap::new()),
        })
    }

    /// Whether three quarters are taken.
    pub(super) fn are_short(&self) -> bool {
        self.all.available_permits() < self.max / 4
    }

    /// Waits for a place; none when the address holds too many.
    pub(super) async fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let key = key(address);
        if !self.count_in(key) {
            return None;
        }
        let address = OfAddress { places: Arc::clone(self), key };
        let all = Arc::clone(&self.all).acquire_owned().await.expect("it is never closed");
        Some(Place { _all: all, _address: address })
    }

    fn count_in(&self, key: IpAddr) -> bool {
        if self.per_address_max == 0 {
            return true;
        }
        let mut counts = self.per_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_insert(0);
        let fits = *count < self.per_address_max;
        if fits {
            *count += 1;
        }
        fits
    }

    fn count_out(&self, key: IpAddr) {
        if self.per_address_max == 0 {
            return;
        }
        let mut counts = self.per_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}

/// One place; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    _all: OwnedSemaphorePermit,
    _address: OfAddress,
}

#[derive(Debug)]
struct OfAddress {
    places: Arc<Places>,
    key: IpAddr,
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        self.places.count_out(self.key);
    }
}

/// An IPv4 address itself, of an IPv6 address its /64: one household or school has all of it.
fn key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// 80 % of the files that this process may open, after raising its limit as far as it may.
pub(super) fn connections_of_open_files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let connections = files.unwrap_or(OPEN_FILES_ASSUMED) / 5 * 4;
    usize::try_from(connections).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_above_its_cap_is_refused_and_others_are_not() {
        let places = Places::new(10, 2);
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        assert!(places.count_in(key(one)) && places.count_in(key(one)));
        assert!(!places.count_in(key(one)));
        assert!(places.count_in(key("192.0.2.2".parse().unwrap())));
        places.count_out(key(one));
        assert!(places.count_in(key(one)));
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let same = ["2001:db8::1", "2001:db8::ffff:1"].map(|text| key(text.parse().unwrap()));
        assert_eq!(same[0], same[1]);
        assert_ne!(same[0], key("2001:db8:0:1::1".parse().unwrap()));
        assert_eq!(key("::ffff:192.0.2.1".parse().unwrap()), key("192.0.2.1".parse().unwrap()));
    }

    #[tokio::test]
    async fn places_are_given_back() {
        let places = Places::new(4, 0);
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(places.take(address).await);
        }
        assert!(places.are_short());
        assert_eq!(places.all.available_permits(), 0);
        held.clear();
        assert_eq!(places.all.available_permits(), 4);
        assert!(places.per_address.lock().unwrap().is_empty());
    }
}
