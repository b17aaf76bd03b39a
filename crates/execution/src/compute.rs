//! Computations as values, for use cases that are put together from parts.
//!
//! A computation is any `FnOnce(&mut Context<S>) -> Result<T, E>`. What a use
//! case writes with `?` and `;` is [`and_then`]; it is here by name so that
//! its laws can be stated and tested.

use crate::{Context, Replay};

/// The computation that has `value` and does nothing.
pub fn pure<S: Replay, T, E>(value: T) -> impl FnOnce(&mut Context<S>) -> Result<T, E> {
    move |_| Ok(value)
}

/// `first`, and then what `next` makes of its value. Costs join by
/// [`Cost::then`](crate::Cost::then), events stand one after the other, and
/// after a failure nothing more happens.
///
/// # Errors
/// Those of both parts.
pub fn and_then<S: Replay, T, U, E, N>(
    first: impl FnOnce(&mut Context<S>) -> Result<T, E>,
    next: impl FnOnce(T) -> N,
) -> impl FnOnce(&mut Context<S>) -> Result<U, E>
where
    N: FnOnce(&mut Context<S>) -> Result<U, E>,
{
    move |ctx| {
        let value = first(ctx)?;
        next(value)(ctx)
    }
}

/// Both computations, at once as far as costs go
/// ([`Cost::beside`](crate::Cost::beside)): each may use all the gas that is
/// left.
///
/// `right` sees what `left` has changed. Parts that touch the same thing can
/// therefore fail, but never agree to what neither of them has seen.
///
/// # Errors
/// Those of both parts.
pub fn beside<S: Replay, T, U, E>(
    left: impl FnOnce(&mut Context<S>) -> Result<T, E>,
    right: impl FnOnce(&mut Context<S>) -> Result<U, E>,
) -> impl FnOnce(&mut Context<S>) -> Result<(T, U), E> {
    move |ctx| ctx.beside(left, right)
}
