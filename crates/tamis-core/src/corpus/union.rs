//! Union-find over dense document numbers, with the roots that the references choose.

/// No document; also the parent of a document that was never joined.
pub const NONE: u32 = u32::MAX;

/// Which of two roots stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// The earlier document: does not depend on the order of unions.
    Least,
    /// datatrove 0.10.1: that of the bigger set; of equal ones, that of the pair's first document.
    Bigger,
    /// datatrove of April 2024: always that of the pair's first document.
    First,
}

#[derive(Debug)]
pub struct UnionFind {
    parents: Vec<u32>,
    /// Sizes at the roots, for `Root::Bigger` only.
    sizes: Vec<u32>,
    root: Root,
}

impl UnionFind {
    pub fn new(documents: usize, root: Root) -> Self {
        let sizes = if root == Root::Bigger { documents } else { 0 };
        UnionFind {
            parents: vec![NONE; documents],
            sizes: vec![1; sizes],
            root,
        }
    }

    /// The root of a document, itself where it was never joined.
    pub fn find(&mut self, document: u32) -> u32 {
        let mut at = document;
        loop {
            let parent = self.parents[at as usize];
            if parent == NONE || parent == at {
                return at;
            }
            let above = self.parents[parent as usize];
            // halves the path: each second node points to its grandparent
            self.parents[at as usize] = above;
            at = above;
        }
    }

    pub fn is_joined(&self, document: u32) -> bool {
        self.parents[document as usize] != NONE
    }

    pub fn union(&mut self, one: u32, two: u32) {
        let (one_root, two_root) = (self.find(one), self.find(two));
        self.parents[one_root as usize] = one_root;
        self.parents[two_root as usize] = two_root;
        if one_root == two_root {
            return;
        }
        let two_stays = match self.root {
            Root::Least => two_root < one_root,
            Root::Bigger => self.sizes[one_root as usize] < self.sizes[two_root as usize],
            Root::First => false,
        };
        let (stays, goes) = if two_stays {
            (two_root, one_root)
        } else {
            (one_root, two_root)
        };
        self.parents[goes as usize] = stays;
        if self.root == Root::Bigger {
            self.sizes[stays as usize] += self.sizes[goes as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_of(root: Root, pairs: &[(u32, u32)]) -> u32 {
        let mut sets = UnionFind::new(4, root);
        for (one, two) in pairs {
            sets.union(*one, *two);
        }
        assert_eq!(sets.find(0), sets.find(1));
        assert_eq!(sets.find(0), sets.find(2));
        assert!(sets.is_joined(0) && !sets.is_joined(3));
        sets.find(0)
    }

    #[test]
    fn roots_depend_on_the_order_of_pairs() {
        let (late, early) = ([(1, 2), (0, 2)], [(0, 2), (1, 2)]);
        assert_eq!(root_of(Root::Bigger, &late), 1);
        assert_eq!(root_of(Root::First, &late), 0);
        assert_eq!(root_of(Root::Bigger, &early), 0);
        assert_eq!(root_of(Root::First, &early), 1);
        assert_eq!(root_of(Root::Least, &late), 0);
        assert_eq!(root_of(Root::Least, &early), 0);
    }

    #[test]
    fn a_long_chain() {
        let length = 1_000_000;
        for root in [Root::Least, Root::Bigger, Root::First] {
            let mut sets = UnionFind::new(length, root);
            for document in (1..length as u32).rev() {
                sets.union(document - 1, document);
            }
            let found = sets.find(length as u32 - 1);
            assert!((0..length as u32).all(|document| sets.find(document) == found));
        }
    }
}
