//! The tree of a formula.

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Number(f64),
    /// An input by its place.
    Input(usize),
    /// A parameter by its place.
    Parameter(usize),
    Unary(Function, Box<Expr>),
    Binary(Operator, Box<[Expr; 2]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Least,
    Greatest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Negate,
    Exp,
    Ln,
    Sqrt,
    Sin,
    Cos,
    Atan,
}

impl Expr {
    pub(super) fn unary(function: Function, of: Expr) -> Self {
        Expr::Unary(function, Box::new(of))
    }

    pub(super) fn binary(operator: Operator, left: Expr, right: Expr) -> Self {
        Expr::Binary(operator, Box::new([left, right]))
    }

    /// What it is made of.
    pub(super) fn parts(&self) -> &[Expr] {
        match self {
            Expr::Number(_) | Expr::Input(_) | Expr::Parameter(_) => &[],
            Expr::Unary(_, of) => std::slice::from_ref(of),
            Expr::Binary(_, both) => both.as_slice(),
        }
    }

    /// Whether it, or a part of it, is so.
    pub(super) fn any(&self, is: &impl Fn(&Expr) -> bool) -> bool {
        is(self) || self.parts().iter().any(|part| part.any(is))
    }

    /// Whether some parameter is a part of it.
    pub(super) fn has_parameters(&self) -> bool {
        self.any(&|part| matches!(part, Expr::Parameter(_)))
    }

    /// Its value, where it is made of numbers alone.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Expr::Number(value) => Some(*value),
            Expr::Unary(Function::Negate, of) => Some(-of.number()?),
            Expr::Binary(operator, both) => {
                let (left, right) = (both[0].number()?, both[1].number()?);
                match operator {
                    Operator::Add => Some(left + right),
                    Operator::Subtract => Some(left - right),
                    Operator::Multiply => Some(left * right),
                    Operator::Divide => Some(left / right),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
