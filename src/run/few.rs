//! A list that mostly has one item, which then needs no memory of its own.

use std::ops::Deref;

/// A list that mostly has one item.
#[derive(Debug, Clone)]
pub(crate) enum Few<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut items: Vec<T>) -> Self {
        match items.pop() {
            Some(only) if items.is_empty() => Self::One(only),
            last => {
                items.extend(last);
                Self::Many(items)
            }
        }
    }
}

impl<T: Copy> Few<T> {
    pub(crate) fn push(&mut self, item: T) {
        match self {
            Self::Many(items) if items.capacity() == 0 => *self = Self::One(item),
            Self::Many(items) => items.push(item),
            Self::One(first) => {
                let mut items = Vec::with_capacity(4);
                items.extend([*first, item]);
                *self = Self::Many(items);
            }
        }
    }

    /// Gives back what a list that has grown does not need.
    pub(crate) fn shrink(&mut self) {
        if let Self::Many(items) = self {
            items.shrink_to_fit();
        }
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::One(item) => Some(item),
            Self::Many(items) => items.last_mut(),
        }
    }

    /// Sorts; what is equal stays in its order.
    pub(crate) fn sort_by_key(&mut self, key: impl Fn(&T) -> f64) {
        if let Self::Many(items) = self {
            items.sort_by(|a, b| key(a).total_cmp(&key(b)));
        }
    }

    /// Takes the items of another list.
    pub(crate) fn append(&mut self, other: &Self) {
        other.iter().for_each(|item| self.push(*item));
    }
}
