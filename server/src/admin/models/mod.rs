//! What a model of the admin is: one declaration drives its list, its forms, its delete page and its history. A model
//! more is one file more here, and its name in [`ALL`].

mod blacklisted;
mod declaration;
mod group;
mod outstanding;
mod post;
mod user;

pub(super) use blacklisted::BLACKLISTED;
pub(super) use declaration::{Along, Column, Field, Fieldset, Kind, Model, Place, Shows, Target};
pub(super) use group::GROUP;
pub(super) use outstanding::OUTSTANDING;
pub(super) use post::POST;
pub(super) use user::USER;

/// Every model, in Django's order: by the names of their apps, and in an app by their plurals.
pub(super) static ALL: [&Model; 5] = [&GROUP, &USER, &POST, &BLACKLISTED, &OUTSTANDING];

/// The model that is referred to; rights have none.
pub(super) fn target(target: &Target) -> Option<&'static Model> {
    match target {
        Target::User => Some(&USER),
        Target::Group => Some(&GROUP),
        Target::Outstanding => Some(&OUTSTANDING),
        Target::Permission => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the form of a new user asks for beside the fields of the table.
    const ASKED: [&str; 3] = ["usable_password", "password1", "password2"];

    #[test]
    fn what_a_declaration_names_is_there() {
        for model in ALL {
            let of = |form: &'static [Fieldset]| form.iter().flat_map(|set| set.fields);
            let named = of(model.add).chain(of(model.change));
            for name in named.chain(model.filters) {
                let has_it = model.field(name).is_some() || ASKED.contains(name);
                assert!(has_it, "{} has no {name}", model.name);
            }
            assert!(model.field("id").is_some(), "{}", model.name);
        }
    }
}
