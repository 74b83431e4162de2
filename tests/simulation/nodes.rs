//! One, four and sixteen nodes: killed one after the other, without their database, with a wrong clock.

use daybreak::admission::rehearsal::{most_within, people, percentile};

use super::cluster::Cluster;
use super::measured::say;

const RATE: f64 = 27.0;

/// I1 over nodes: what was claimed in any span, and the bound with leases that live for a second.
#[track_caller]
fn i1_bound(cluster: &Cluster, nodes: usize) {
    for seconds in [1.0, 10.0, 60.0] {
        let most = most_within(&cluster.claims, seconds) as f64;
        let bound = RATE * (seconds + 1.0) + 6.75 + nodes as f64 + 1.0;
        assert!(most <= bound, "i1: {most} in {seconds} s, bound {bound}");
    }
}

/// Gives how long people came in behind somebody who came later, in seconds: 95 % of them, and the worst.
#[track_caller]
fn finish(case: &str, cluster: &Cluster, nodes: usize, rate_min: f64) -> (f64, f64) {
    let span = cluster.claims.last().unwrap() - cluster.claims.first().unwrap();
    let rate = cluster.claims.len() as f64 / span;
    let mut order: Vec<_> = cluster.people.iter().collect();
    order.sort_by(|one, other| one.arrived.unwrap().total_cmp(&other.arrived.unwrap()));
    let (mut late, mut first) = (Vec::new(), f64::INFINITY);
    for person in order.iter().rev() {
        let admitted = person.admitted.unwrap_or(f64::INFINITY);
        late.push((admitted - first).max(0.0));
        first = first.min(admitted);
    }
    let behind = (percentile(late.clone(), 0.95), percentile(late, 1.0));
    let within = [1.0, 10.0, 60.0].map(|seconds| most_within(&cluster.claims, seconds));
    let admitted = cluster.claims.len();
    let polls = f64::from(cluster.polls) / admitted as f64;
    say(&format!(
        "{case:<34} in {admitted:>6} | 1/10/60 s {:>4}/{:>4}/{:>5} | {rate:>6.2}/s | polls {polls:>5.1} | behind a later one: p95 {:.1} worst {:.1} s",
        within[0], within[1], within[2], behind.0, behind.1
    ));
    i1_bound(cluster, nodes);
    assert_eq!(cluster.position_rises, 0, "i3: a shown position rose");
    assert_eq!(cluster.doubled, 0, "a place was lost");
    assert_eq!(admitted, cluster.people.len(), "i2: every place was honoured");
    assert!(rate >= rate_min, "{case}: {rate}");
    behind
}

/// I1 and I4: whichever node somebody meets, who came first comes in first, within as many seconds as on one node.
/// On many nodes the first second of a rush is less in order: each has numbers at hand for a few.
#[test]
fn i1_i4_nodes_share_one_rate_and_one_order() {
    for (nodes, worst) in [(4, 6.0 + 2.9), (16, 12.0)] {
        let mut cluster = Cluster::new(nodes, RATE, people(6_000, 60.0, 41), 42);
        cluster.run(1_200.0, |_| ());
        let behind = finish(&format!("{nodes} nodes"), &cluster, nodes, 25.0);
        assert!(behind.0 <= 3.0 && behind.1 <= worst, "i4: {behind:?}");
    }
}

/// What others would be asked for takes nothing from a node that has nobody to ask.
#[test]
fn a_node_alone_lets_in_at_the_whole_rate() {
    let mut cluster = Cluster::new(1, RATE, people(3_000, 60.0, 49), 50);
    cluster.run(1_200.0, |_| ());
    finish("1 node", &cluster, 1, 26.5);
}

#[test]
fn i2_sixteen_nodes_one_killed_every_half_minute() {
    let mut cluster = Cluster::new(16, RATE, people(6_000, 60.0, 43), 44);
    let mut killed = 0;
    cluster.run(1_200.0, |cluster| {
        if cluster.now > f64::from(killed + 1) * 30.0 {
            // Every second time the leader.
            let victim =
                if killed % 2 == 0 { cluster.leader().unwrap_or(0) } else { killed as usize % 16 };
            cluster.kill(victim, cluster.now + 10.0);
            killed += 1;
        }
    });
    let behind = finish("16 nodes, one killed each 30 s", &cluster, 16, 22.0);
    // Worse only for those few whom nobody but the killed node knew.
    assert!(behind.0 <= 3.0, "i4: {behind:?}");
    assert!(killed >= 5, "{killed}");
}

#[test]
fn i2_four_nodes_without_a_database_for_half_a_minute_and_a_wrong_clock() {
    let mut cluster = Cluster::new(4, RATE, people(6_000, 120.0, 45), 46);
    cluster.run(1_200.0, |cluster| {
        cluster.database.up = !(60.0..90.0).contains(&cluster.now);
        cluster.set_clock(2, if cluster.now > 30.0 { 90.0 } else { 0.0 });
    });
    finish("4 nodes, no database for 30 s", &cluster, 4, 22.0);
}

/// Nobody waits anywhere: newcomers go straight in on every node.
#[test]
fn an_idle_cluster_shows_no_queue() {
    let mut cluster = Cluster::new(4, RATE, people(600, 600.0, 47), 48);
    cluster.run(700.0, |_| ());
    let straight =
        cluster.people.iter().filter(|p| p.wait().is_some_and(|wait| wait < 0.001)).count();
    say(&format!("4 nodes, idle: {straight} of 600 saw no queue"));
    assert!(straight >= 570, "{straight} of 600");
}
