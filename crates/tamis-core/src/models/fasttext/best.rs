//! The k best labels, ties ordered as fastText's heap leaves them.
//!
//! Models with a sigmoid output take its values from a table, so ties are common there, and which
//! label comes first depends on each move of the heap. These are the moves of the C++ standard
//! library that fastText is built with: sift up on a push; on a pop, sift the hole down to a leaf
//! and the last item up from there.
use std::cmp::Ordering;

/// A label and the logarithm of its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    pub log: f32,
    pub label: u32,
}

/// The smallest log score at the front; at most `limit` items.
#[derive(Debug, Default)]
pub struct Best {
    heap: Vec<Scored>,
    limit: usize,
}

impl Best {
    pub fn restart(&mut self, limit: usize) {
        self.heap.clear();
        self.limit = limit;
    }

    /// Whether an item of this log score cannot enter.
    pub fn refuses(&self, log: f32) -> bool {
        self.heap.len() == self.limit && self.heap.first().is_none_or(|front| log < front.log)
    }

    pub fn push(&mut self, item: Scored) {
        self.heap.push(item);
        sift_up(&mut self.heap, item);
        if self.heap.len() > self.limit {
            pop_to_end(&mut self.heap);
            self.heap.pop();
        }
    }

    /// The items in falling order.
    pub fn sorted(&mut self) -> &[Scored] {
        for end in (2..=self.heap.len()).rev() {
            pop_to_end(&mut self.heap[..end]);
        }
        &self.heap
    }
}

/// Move `item` up from the last place, where a hole is.
fn sift_up(heap: &mut [Scored], item: Scored) {
    let last = heap.len() - 1;
    sift_up_from(heap, last, item);
}

fn sift_up_from(heap: &mut [Scored], mut hole: usize, item: Scored) {
    while hole > 0 {
        let parent = (hole - 1) / 2;
        if heap[parent].log.partial_cmp(&item.log) != Some(Ordering::Greater) {
            break;
        }
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = item;
}

/// Put the front at the end, and make a heap again of all before it.
fn pop_to_end(heap: &mut [Scored]) {
    let end = heap.len() - 1;
    let item = heap[end];
    heap[end] = heap[0];
    let heap = &mut heap[..end];
    if heap.is_empty() {
        return;
    }
    let mut hole = 0;
    while 2 * hole + 2 < end {
        let (left, right) = (2 * hole + 1, 2 * hole + 2);
        let child = if heap[right].log > heap[left].log {
            left
        } else {
            right
        };
        heap[hole] = heap[child];
        hole = child;
    }
    if 2 * hole + 2 == end {
        heap[hole] = heap[2 * hole + 1];
        hole = 2 * hole + 1;
    }
    sift_up_from(heap, hole, item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(limit: usize, logs: &[f32]) -> Vec<u32> {
        let mut best = Best::default();
        best.restart(limit);
        for (label, log) in logs.iter().enumerate() {
            if !best.refuses(*log) {
                best.push(Scored {
                    log: *log,
                    label: label as u32,
                });
            }
        }
        best.sorted().iter().map(|item| item.label).collect()
    }

    #[test]
    fn falling_order() {
        assert_eq!(best(3, &[-3.0, -1.0, -2.0, -5.0, -0.5]), [4, 1, 2]);
        assert_eq!(best(9, &[-3.0, -1.0, -2.0]), [1, 2, 0]);
        assert_eq!(best(1, &[-3.0]), [0]);
        assert_eq!(best(2, &[]), [0_u32; 0]);
    }

    #[test]
    fn of_equal_scores_the_last_stays_when_one_is_asked_for() {
        // With room for one, each newcomer that is not smaller replaces the one before.
        assert_eq!(best(1, &[-1.0, -1.0, -1.0]), [2]);
    }
}
