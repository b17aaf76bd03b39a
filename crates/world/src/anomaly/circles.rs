//! Circles of two to four roots that speak for each other within an hour.

use std::collections::VecDeque;

use erynoa_events::{AnomalyClass, Severity};
use erynoa_kernel::EventId;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Alarm, HOUR_US};

/// Newest neighbours of one root, each way, that a search looks at.
const MAX_NEIGHBOURS: usize = 64;
/// Edges that are kept in all; above, the oldest go before their hour is over.
pub(crate) const MAX_EDGES: usize = 1 << 18;

#[derive(Clone, Copy, Debug)]
struct Edge {
    wall_us: u64,
    event: EventId,
}

/// Neighbours of one root, newest last.
#[derive(Clone, Debug, Default)]
struct Neighbours {
    out: Vec<u32>,
    into: Vec<u32>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Circles {
    edges: FxHashMap<u64, Edge>,
    neighbours: Vec<Neighbours>,
    /// Edges in the order of the log.
    queue: VecDeque<(u64, u32, u32)>,
    /// Latest time of all.
    now_us: u64,
}

/// Roots in the order in which they speak for each other, and the events.
pub(crate) struct Circle {
    pub(crate) roots: SmallVec<[u32; 4]>,
    steps: SmallVec<[(u64, EventId); 4]>,
}

impl Circle {
    /// Two who praise each other have often just met; more take arranging.
    pub(crate) fn alarm(mut self) -> Alarm {
        self.steps.sort_unstable();
        let length = self.steps.len();
        Alarm {
            class: AnomalyClass::Cycle,
            severity: if length == 2 { Severity::Low } else { Severity::Medium },
            evidence: self.steps.iter().map(|&(_, event)| event).collect(),
            first_us: self.steps.first().map_or(0, |&(at, _)| at),
            last_us: self.steps.last().map_or(0, |&(at, _)| at),
            measured_milli: length as u64 * 1_000,
            expected_milli: 0,
        }
    }
}

/// Nodes by their last twelve bits: says no for certain, and yes mostly.
struct NodeMarks([u64; 64]);

impl Default for NodeMarks {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl NodeMarks {
    fn mark(&mut self, node: u32) {
        self.0[(node >> 6 & 63) as usize] |= 1 << (node & 63);
    }

    fn may_hold(&self, node: u32) -> bool {
        self.0[(node >> 6 & 63) as usize] >> (node & 63) & 1 == 1
    }
}

fn edge_key(from: u32, to: u32) -> u64 {
    u64::from(from) << 32 | u64::from(to)
}

fn renew(list: &mut Vec<u32>, root: u32) {
    list.retain(|other| *other != root);
    if list.len() == MAX_NEIGHBOURS {
        list.remove(0);
    }
    list.push(root);
}

impl Circles {
    /// Makes room for one more root.
    pub(crate) fn grow(&mut self) {
        self.neighbours.push(Neighbours::default());
    }

    /// `from` speaks for `to`. The shortest circle that this closes, if any.
    pub(crate) fn step(
        &mut self,
        from: u32,
        to: u32,
        wall_us: u64,
        event: EventId,
    ) -> Option<Circle> {
        self.now_us = self.now_us.max(wall_us);
        self.forget();
        self.edges.insert(edge_key(from, to), Edge { wall_us, event });
        self.queue.push_back((wall_us, from, to));
        renew(&mut self.neighbours[from as usize].out, to);
        renew(&mut self.neighbours[to as usize].into, from);
        let roots = self.close(from, to, wall_us)?;
        let steps = (0..roots.len())
            .filter_map(|i| {
                let edge = self.edge(roots[i], roots[(i + 1) % roots.len()], wall_us)?;
                Some((edge.wall_us, edge.event))
            })
            .collect();
        Some(Circle { roots, steps })
    }

    fn forget(&mut self) {
        while let Some(&(wall_us, from, to)) = self.queue.front()
            && (self.now_us - wall_us >= HOUR_US || self.queue.len() >= MAX_EDGES)
        {
            self.queue.pop_front();
            let key = edge_key(from, to);
            // A newer step of the same edge stays.
            if self.edges.get(&key).is_some_and(|edge| edge.wall_us == wall_us) {
                self.edges.remove(&key);
                self.neighbours[from as usize].out.retain(|other| *other != to);
                self.neighbours[to as usize].into.retain(|other| *other != from);
            }
        }
    }

    fn edge(&self, from: u32, to: u32, wall_us: u64) -> Option<Edge> {
        let edge = self.edges.get(&edge_key(from, to))?;
        (edge.wall_us.abs_diff(wall_us) < HOUR_US).then_some(*edge)
    }

    /// The way back from `to` to `from`, newest steps first. Reads the lists of
    /// the neighbours one after the other: of what is in them, hardly any node
    /// leads back, and only then edges are looked up.
    fn close(&self, from: u32, to: u32, wall_us: u64) -> Option<SmallVec<[u32; 4]>> {
        let joins = |a: u32, b: u32| self.edge(a, b, wall_us).is_some();
        if joins(to, from) {
            return Some(SmallVec::from_slice(&[from, to]));
        }
        let onward = &self.neighbours[to as usize].out;
        let backward = &self.neighbours[from as usize].into;
        if onward.is_empty() || backward.is_empty() {
            return None;
        }
        let mut leads_back = NodeMarks::default();
        for &node in backward {
            leads_back.mark(node);
        }
        let mut circle_of_four = None;
        for &third in onward.iter().rev().filter(|&&third| third != from) {
            for &fourth in self.neighbours[third as usize].out.iter().rev() {
                if fourth == from {
                    if joins(to, third) && joins(third, from) {
                        return Some(SmallVec::from_slice(&[from, to, third]));
                    }
                } else if circle_of_four.is_none()
                    && leads_back.may_hold(fourth)
                    && fourth != to
                    && joins(fourth, from)
                    && joins(to, third)
                    && joins(third, fourth)
                {
                    circle_of_four = Some(SmallVec::from_slice(&[from, to, third, fourth]));
                }
            }
        }
        circle_of_four
    }

    pub(crate) fn kept(&self) -> usize {
        self.queue.len()
    }
}
