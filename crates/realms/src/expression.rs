//! Rules that are expressions: policies in the Cedar language, checked when a
//! rule is made, priced before they run, and the same on every replica.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Display;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use erynoa_events::EventKind;
use erynoa_execution::gas::{POLICY_STEP_LEAST, POLICY_STEP_MOST};
use erynoa_execution::{Exhausted, Meter};
use erynoa_kernel::{IdentityId, Namespace, RealmId};
use miette::Diagnostic;
use serde_json::Value;

use crate::parameters::MAX_EXPRESSION_GAS;

/// Checked expressions that are kept: those of several full realms.
const CHECKED_MOST: usize = 128;

/// Name of the action of joining.
pub const JOIN: &str = "join";

/// Most brackets inside each other in an expression.
const MAX_NESTING: usize = 32;

/// Most punctuation marks in an expression, those in strings included. With the
/// nesting it bounds how deep a policy can be before it is parsed.
const MAX_MARKS: usize = 384;

/// Stack that parsing and checking may take, bytes. A fixed size, so that it
/// does not depend on the calling thread whether a policy is too deep.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// What a comparison with a set or a pattern costs, gas.
const SEARCH_GAS: u64 = 10;

/// Who acts, as an expression sees them. Ratios in ppm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Their name.
    pub identity: IdentityId,
    /// Norm in the default context.
    pub norm_ppm: u32,
    /// R, I, C, P, V, Ω.
    pub values_ppm: [u32; 6],
    /// Standing as an attester.
    pub standing_ppm: u32,
    /// Whether their attestations count.
    pub voice: bool,
    /// Whether they may vote.
    pub verified: bool,
    /// Kind of identity.
    pub namespace: Option<Namespace>,
    /// Whether they are a member.
    pub member: bool,
    /// Whole days since they joined, 0 for others.
    pub member_since_days: u64,
    /// Types of the live credentials that they hold, ascending.
    pub credentials: Vec<String>,
}

/// Why an expression cannot be a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// What is wrong and what would be right.
    pub message: String,
    /// Line of the text, from 1; 0 when it is about the whole.
    pub line: usize,
}

impl ExpressionError {
    fn whole(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: 0 }
    }

    fn at(text: &str, found: &dyn Diagnostic) -> Self {
        let offset = found.labels().and_then(|mut labels| labels.next()).map(|l| l.offset());
        let line = offset.map_or(0, |offset| {
            1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
        });
        Self { message: found.to_string(), line }
    }
}

impl std::fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}: {}", self.message),
        }
    }
}

/// A checked expression.
#[derive(Clone)]
pub struct Expression {
    policies: PolicySet,
    gas: u64,
    uses: Uses,
}

/// The tree of a policy is too long to be of use.
impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expression").field("gas", &self.gas).finish_non_exhaustive()
    }
}

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let kinds = EventKind::ALL.map(|kind| format!("\"{}\"", kind.name())).join(", ");
    let text = format!(
        "entity Realm {{ id: String, depth: Long }};
         entity Identity {{
           norm: Long, reliability: Long, integrity: Long, competence: Long, prestige: Long,
           vigilance: Long, fidelity: Long, standing: Long, voice: Bool, verified: Bool,
           namespace: String, member: Bool, member_since_days: Long, credentials: Set<String>
         }};
         action {kinds}, \"{JOIN}\" appliesTo {{ principal: [Identity], resource: [Realm] }};"
    );
    let (schema, _) = Schema::from_cedarschema_str(&text).expect("the schema is a constant");
    Validator::new(schema)
});

fn type_name(name: &str) -> EntityTypeName {
    name.parse().expect("the names of the three types are constants")
}

const IDENTITY: usize = 0;
const ACTION: usize = 1;
const REALM: usize = 2;

static TYPES: LazyLock<[EntityTypeName; 3]> =
    LazyLock::new(|| ["Identity", "Action", "Realm"].map(type_name));

fn uid(kind: usize, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(TYPES[kind].clone(), EntityId::new(id))
}

/// The texts that were checked last, oldest first.
static CHECKED: Mutex<VecDeque<(String, Arc<Expression>)>> = Mutex::new(VecDeque::new());

impl Expression {
    /// As [`Self::parse`], without parsing what was parsed a short while ago: a
    /// text is looked at when it is proposed, when it takes effect and when it
    /// is applied.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn shared(text: &str) -> Result<Arc<Self>, ExpressionError> {
        let checked = || CHECKED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = checked().iter().find(|(known, _)| known == text) {
            return Ok(Arc::clone(known));
        }
        let new = Arc::new(Self::parse(text)?);
        let mut checked = checked();
        if checked.len() >= CHECKED_MOST {
            checked.pop_front();
        }
        checked.push_back((text.to_owned(), Arc::clone(&new)));
        Ok(new)
    }

    /// Parses, checks and prices a text.
    ///
    /// # Errors
    /// It does not parse, does not fit the schema, permits nothing or costs too
    /// much.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        bound(text)?;
        stacker::maybe_grow(STACK_BYTES, 2 * STACK_BYTES, || Self::check(text))
    }

    fn check(text: &str) -> Result<Self, ExpressionError> {
        let policies: PolicySet = text.parse().map_err(|found| Self::unparsed(text, &found))?;
        if policies.num_of_templates() > 0 {
            return Err(ExpressionError::whole(
                "templates with ?principal or ?resource have nobody who fills them in; write the whole policy",
            ));
        }
        if policies.policies().all(|policy| policy.effect() == Effect::Forbid) {
            return Err(ExpressionError::whole(
                "nothing is permitted; whatever no policy permits is denied, so write at least one permit",
            ));
        }
        let checked = VALIDATOR.validate(&policies, ValidationMode::Strict);
        if let Some(found) = checked.validation_errors().next() {
            return Err(ExpressionError::at(text, found));
        }
        let mut meter = Meter::new(MAX_EXPRESSION_GAS);
        let mut uses = Uses::default();
        for policy in policies.policies() {
            let tree =
                policy.to_json().map_err(|found| ExpressionError::whole(found.to_string()))?;
            charge(&tree, &mut meter).map_err(|_| {
                ExpressionError::whole(format!(
                    "costs more than {MAX_EXPRESSION_GAS} gas; make it shorter"
                ))
            })?;
            uses = uses.and(Uses::of(&tree));
        }
        let gas = meter.used();
        Ok(Self { policies, gas, uses })
    }

    fn unparsed(text: &str, found: &cedar_policy::ParseErrors) -> ExpressionError {
        found.iter().next().map_or_else(
            || ExpressionError::whole("is no Cedar policy"),
            |found| ExpressionError::at(text, found),
        )
    }

    /// What judging one event by it costs, gas: one for each step, ten for each
    /// search in a set or by a pattern, fifty for what this version does not
    /// know. Depends on the text alone.
    #[must_use]
    pub const fn gas(&self) -> u64 {
        self.gas
    }
}

/// Attributes of who acts, as the schema has them.
const OF_IDENTITY: [&str; 14] = [
    "norm",
    "reliability",
    "integrity",
    "competence",
    "prestige",
    "vigilance",
    "fidelity",
    "standing",
    "voice",
    "verified",
    "namespace",
    "member",
    "member_since_days",
    "credentials",
];

/// Attributes of the realm.
const OF_REALM: [&str; 2] = ["id", "depth"];

/// Types whose entities a text can name.
const NAMED: [&str; 2] = ["Identity", "Realm"];

/// Where the names of [`OF_REALM`] begin among all that a text can use.
const REALM_FROM: usize = OF_IDENTITY.len();
/// Where those of [`NAMED`] begin.
const NAMED_FROM: usize = REALM_FROM + OF_REALM.len();

/// What an expression can look at: nothing else has to be made for it. Making
/// everything costs several times what evaluating it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Uses(u32);

impl Uses {
    /// Every name that stands anywhere in a policy's tree, also one that stands
    /// there as a text only.
    fn of(tree: &Value) -> Self {
        let mut uses = Self::default();
        let mut todo = vec![tree];
        while let Some(value) = todo.pop() {
            match value {
                Value::Object(fields) => todo.extend(fields.values()),
                Value::Array(values) => todo.extend(values),
                Value::String(name) => uses = uses.and(Self::name(name)),
                _ => {}
            }
        }
        uses
    }

    fn name(name: &str) -> Self {
        let names = OF_IDENTITY.iter().chain(&OF_REALM).chain(&NAMED);
        Self(names.zip(0..).filter(|(known, _)| **known == name).map(|(_, bit)| 1 << bit).sum())
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn all_of(self, other: Self) -> bool {
        self.and(other) == self
    }

    /// Whether the name at this place of [`OF_IDENTITY`], then [`OF_REALM`], then
    /// [`NAMED`] is used.
    const fn has(self, place: usize) -> bool {
        self.0 >> place & 1 == 1
    }

    /// Those of `names`, the first of which stands at this place, that are used,
    /// each with its place among them.
    fn among<'a>(
        self,
        first: usize,
        names: &'a [&'a str],
    ) -> impl Iterator<Item = (usize, &'a str)> {
        names.iter().copied().enumerate().filter(move |(at, _)| self.has(first + at))
    }
}

/// Somebody about to do something in a realm, for all expressions in force.
pub struct Attempt {
    principal: Principal,
    action: String,
    realm: RealmId,
    depth: usize,
    authorizer: Authorizer,
    scene: RefCell<Option<Scene>>,
}

/// An attempt as Cedar sees it, with what the expressions so far use.
struct Scene {
    uses: Uses,
    request: Request,
    entities: Entities,
}

impl Attempt {
    /// `principal` is about to do `action` (a kind of event, or [`JOIN`]) in a
    /// realm of this depth.
    #[must_use]
    pub fn new(principal: &Principal, action: &str, realm: &RealmId, depth: usize) -> Self {
        Self {
            principal: principal.clone(),
            action: action.to_owned(),
            realm: *realm,
            depth,
            authorizer: Authorizer::new(),
            scene: RefCell::new(None),
        }
    }

    /// Whether the expression permits it: some permit applies, no forbid does,
    /// and no policy of it fails.
    #[must_use]
    pub fn is_permitted(&self, expression: &Expression) -> bool {
        let mut known = self.scene.borrow_mut();
        let uses = known.as_ref().map_or(Uses::default(), |scene| scene.uses);
        let scene = match known.take() {
            Some(scene) if uses.all_of(expression.uses) => scene,
            _ => self.scene(uses.and(expression.uses)),
        };
        let scene = known.insert(scene);
        stacker::maybe_grow(STACK_BYTES / 8, STACK_BYTES, || {
            let response = self.authorizer.is_authorized(
                &scene.request,
                &expression.policies,
                &scene.entities,
            );
            response.decision() == Decision::Allow
                && response.diagnostics().errors().next().is_none()
        })
    }

    fn scene(&self, uses: Uses) -> Scene {
        // What no text names may have any name.
        let named = |kind: usize, id: &dyn Display| {
            let is_named = uses.has(NAMED_FROM + kind);
            if is_named { id.to_string() } else { String::new() }
        };
        let who = uid(IDENTITY, &named(0, &self.principal.identity));
        let place = uid(REALM, &named(1, &self.realm));
        let who_has = uses.among(0, &OF_IDENTITY).map(|(at, name)| (name, self.of_identity(at)));
        let place_has =
            uses.among(REALM_FROM, &OF_REALM).map(|(at, name)| (name, self.of_realm(at)));
        // Who has no attributes here is no different from somebody unknown.
        let entities = [entity(&who, who_has), entity(&place, place_has)];
        let entities = Entities::from_entities(entities.into_iter().flatten(), None)
            .expect("two different entities without parents");
        let request = Request::new(who, uid(ACTION, &self.action), place, Context::empty(), None)
            .expect("nothing is checked without a schema");
        Scene { uses, request, entities }
    }

    /// The attribute at this place of [`OF_IDENTITY`].
    fn of_identity(&self, at: usize) -> RestrictedExpression {
        let who = &self.principal;
        match at {
            0 => long(u64::from(who.norm_ppm)),
            1..=6 => long(u64::from(who.values_ppm[at - 1])),
            7 => long(u64::from(who.standing_ppm)),
            8 => RestrictedExpression::new_bool(who.voice),
            9 => RestrictedExpression::new_bool(who.verified),
            10 => {
                let namespace = who.namespace.map_or("", Namespace::name);
                RestrictedExpression::new_string(namespace.to_owned())
            }
            11 => RestrictedExpression::new_bool(who.member),
            12 => long(who.member_since_days),
            _ => {
                let credentials = who.credentials.iter().cloned();
                RestrictedExpression::new_set(credentials.map(RestrictedExpression::new_string))
            }
        }
    }

    /// The attribute at this place of [`OF_REALM`].
    fn of_realm(&self, at: usize) -> RestrictedExpression {
        match at {
            0 => RestrictedExpression::new_string(self.realm.to_string()),
            _ => long(self.depth as u64),
        }
    }
}

fn long(value: u64) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::try_from(value).unwrap_or(i64::MAX))
}

/// An entity with attributes; `None` without any.
fn entity<'a>(
    uid: &EntityUid,
    attributes: impl Iterator<Item = (&'a str, RestrictedExpression)>,
) -> Option<Entity> {
    let attributes: HashMap<String, RestrictedExpression> =
        attributes.map(|(name, value)| (name.to_owned(), value)).collect();
    (!attributes.is_empty()).then(|| {
        Entity::new(uid.clone(), attributes, HashSet::new())
            .expect("attributes without functions evaluate")
    })
}

/// Refuses what could be deep before anything that recurses sees it.
fn bound(text: &str) -> Result<(), ExpressionError> {
    let (mut nesting, mut marks) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => nesting += 1,
            b')' | b']' | b'}' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        marks += usize::from(byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'"'));
        if nesting > MAX_NESTING {
            return Err(ExpressionError::whole("at most 32 brackets inside each other"));
        }
    }
    if marks > MAX_MARKS {
        return Err(ExpressionError::whole(format!(
            "has {marks} punctuation marks, at most {MAX_MARKS}; make it shorter"
        )));
    }
    Ok(())
}

/// Charges all steps of a policy's tree.
fn charge(tree: &Value, meter: &mut Meter) -> Result<(), Exhausted> {
    let mut todo = vec![tree];
    while let Some(value) = todo.pop() {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if let Some(gas) = gas_of_step(name) {
                        meter.step(gas)?;
                    }
                    todo.push(value);
                }
            }
            Value::Array(values) => {
                for value in values {
                    meter.step(POLICY_STEP_LEAST)?;
                    todo.push(value);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Price of a step by its name in the tree; `None` for what is only a part of
/// one.
fn gas_of_step(name: &str) -> Option<u64> {
    let gas = match name {
        "left" | "right" | "arg" | "attr" | "pattern" | "if" | "then" | "else" | "body"
        | "kind" | "effect" | "op" | "entity" | "entities" | "type" | "id" | "conditions"
        | "annotations" | "in_entity" | "entity_type" | "__entity" | "Literal" => return None,
        "in" | "like" | "contains" | "containsAll" | "containsAny" => SEARCH_GAS,
        "principal" | "action" | "resource" | "Value" | "Var" | "Set" | "Record" | "." | "has"
        | "is" | "isEmpty" | "!" | "neg" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||"
        | "+" | "-" | "*" | "if-then-else" => POLICY_STEP_LEAST,
        _ => POLICY_STEP_MOST,
    };
    Some(gas)
}
