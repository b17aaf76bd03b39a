//! What the measurements are made of, held to known answers.

mod data;
mod fold;
mod judging;
mod metrics;
mod receipts;
mod rules;
mod run;
