//! From the hidden vector to labels: the four losses of supervised models.
use super::best::{Best, Scored};
use super::matrix::Matrix;

/// The library's scores are sums of `ln(x + 1e-5)`, so they can pass 1 by some 1e-5.
fn library_log(value: f64) -> f32 {
    // The argument is a `float` there, the sum and the logarithm are in double precision.
    (f64::from(value as f32) + 1e-5).ln() as f32
}

/// A node of the tree of a hierarchical softmax; a leaf is a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    Leaf,
    /// Its two children; its own row of the output matrix is its number less that of labels.
    Inner(u32, u32),
}

pub enum Loss {
    HierarchicalSoftmax(Vec<Node>),
    Softmax,
    /// Negative sampling and one-vs-all: independent sigmoids, read from a table.
    Sigmoid(Vec<f32>),
}

const SIGMOID_STEPS: i32 = 512;
const SIGMOID_BOUND: f32 = 8.0;

impl Loss {
    /// The loss by its number in the header; None for one that no supervised model has.
    pub fn from_number(number: i32, label_counts: &[i64]) -> Option<Loss> {
        match number {
            1 => Some(Loss::HierarchicalSoftmax(tree(label_counts))),
            2 | 4 => Some(Loss::Sigmoid(sigmoid_table())),
            3 => Some(Loss::Softmax),
            _ => None,
        }
    }

    /// Fill `best` from a hidden vector. `buffers` are reused between texts.
    pub fn rank(
        &self,
        bytes: &[u8],
        output: &Matrix,
        hidden: &[f32],
        best: &mut Best,
        buffers: &mut Buffers,
    ) {
        match self {
            Loss::HierarchicalSoftmax(tree) => {
                descend(tree, bytes, output, hidden, best, &mut buffers.open);
                return;
            }
            Loss::Softmax => {
                output.dot_all(bytes, hidden, &mut buffers.scores);
                softmax(&mut buffers.scores);
            }
            Loss::Sigmoid(table) => {
                output.dot_all(bytes, hidden, &mut buffers.scores);
                for score in &mut buffers.scores {
                    *score = sigmoid(table, *score);
                }
            }
        }
        for (label, score) in buffers.scores.iter().enumerate() {
            let log = library_log(f64::from(*score));
            if !best.refuses(log) {
                let label = label as u32;
                best.push(Scored { log, label });
            }
        }
    }
}

#[derive(Debug, Default)]
pub struct Buffers {
    scores: Vec<f32>,
    open: Vec<(u32, f32)>,
}

/// Depth first, left before right, cutting branches that cannot reach the k best nor 1e-5.
fn descend(
    tree: &[Node],
    bytes: &[u8],
    output: &Matrix,
    hidden: &[f32],
    best: &mut Best,
    open: &mut Vec<(u32, f32)>,
) {
    let least = library_log(0.0);
    let labels = tree.len().div_ceil(2);
    open.clear();
    open.push((tree.len() as u32 - 1, 0.0));
    while let Some((number, log)) = open.pop() {
        if log < least || best.refuses(log) {
            continue;
        }
        match tree[number as usize] {
            Node::Leaf => best.push(Scored { log, label: number }),
            Node::Inner(left, right) => {
                let product = output.dot_row(bytes, number as usize - labels, hidden);
                let yes = (1.0 / f64::from(1.0 + (-product).exp())) as f32;
                open.push((right, log + library_log(f64::from(yes))));
                open.push((left, log + library_log(1.0 - f64::from(yes))));
            }
        }
    }
}

fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
    let mut sum = 0.0_f32;
    for score in scores.iter_mut() {
        *score = (*score - highest).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

fn sigmoid_table() -> Vec<f32> {
    (0..=SIGMOID_STEPS)
        .map(|step| {
            let x = (step * 16) as f32 / SIGMOID_STEPS as f32 - SIGMOID_BOUND;
            (1.0 / (1.0 + f64::from((-x).exp()))) as f32
        })
        .collect()
}

fn sigmoid(table: &[f32], x: f32) -> f32 {
    if x < -SIGMOID_BOUND {
        0.0
    } else if x > SIGMOID_BOUND {
        1.0
    } else {
        let step = (x + SIGMOID_BOUND) * SIGMOID_STEPS as f32 / SIGMOID_BOUND / 2.0;
        table.get(step as usize).copied().unwrap_or(f32::NAN)
    }
}

/// The Huffman tree over the labels, which stand in falling order of their counts: leaves first,
/// the root last.
fn tree(counts: &[i64]) -> Vec<Node> {
    let labels = counts.len();
    let mut nodes = vec![Node::Leaf; labels];
    let mut weights = counts.to_vec();
    let mut leaves = labels;
    let mut inner = labels;
    while nodes.len() + 1 < 2 * labels {
        let children: [usize; 2] = std::array::from_fn(|_| {
            let weight = weights.get(inner).copied();
            let take_leaf = leaves > 0
                && match weight {
                    Some(weight) => weights[leaves - 1] < weight,
                    None => true,
                };
            if take_leaf {
                leaves -= 1;
                leaves
            } else {
                inner += 1;
                inner - 1
            }
        });
        let weight = weights[children[0]].saturating_add(weights[children[1]]);
        weights.push(weight);
        nodes.push(Node::Inner(children[0] as u32, children[1] as u32));
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_labels_stand_deep() {
        // 1 + 2 = 3, 3 + 4 = 7, 7 + 9 = 16; the smaller child is on the left.
        let expected = [
            Node::Leaf,
            Node::Leaf,
            Node::Leaf,
            Node::Leaf,
            Node::Inner(3, 2),
            Node::Inner(4, 1),
            Node::Inner(5, 0),
        ];
        assert_eq!(tree(&[9, 4, 2, 1]), expected);
        assert_eq!(tree(&[5]), [Node::Leaf]);
    }

    #[test]
    fn impossible_counts_still_make_a_tree() {
        for counts in [[i64::MAX; 4], [-1, i64::MIN, 0, i64::MAX]] {
            let nodes = tree(&counts);
            let mut seen = vec![0; nodes.len()];
            for (number, node) in nodes.iter().enumerate() {
                if let Node::Inner(left, right) = node {
                    assert!((*left as usize) < number && (*right as usize) < number);
                    seen[*left as usize] += 1;
                    seen[*right as usize] += 1;
                }
            }
            assert_eq!(seen, [1, 1, 1, 1, 1, 1, 0]);
        }
    }

    #[test]
    fn sigmoid_is_read_from_a_table() {
        let table = sigmoid_table();
        assert_eq!(sigmoid(&table, -8.1), 0.0);
        assert_eq!(sigmoid(&table, 8.1), 1.0);
        assert_eq!(sigmoid(&table, 0.0), 0.5);
        // Steps are 1/32 wide.
        assert_eq!(sigmoid(&table, 0.03), 0.5);
        assert!(sigmoid(&table, 0.04) > 0.5);
        assert!(sigmoid(&table, f32::NAN).is_nan() || sigmoid(&table, f32::NAN) < 1.0);
    }

    #[test]
    fn softmax_sums_to_one() {
        let mut scores = [1.0, 1.0, f32::NEG_INFINITY];
        softmax(&mut scores);
        assert_eq!(scores, [0.5, 0.5, 0.0]);
    }
}
