//! The laws of protocol §7.

mod crossings;
mod decisions;
mod electorates;
mod expressions;
mod governance;
mod guards;
mod histories;
mod joining;
mod limits;
mod membership;
mod offices;
mod quotas;
mod rules;
mod tallies;
mod templates;
mod views;
mod world;
