//! Words from which names of schools, trusts and streets are put together. None is meant to be a real one.

/// Places that do not exist, for schools named after where they stand.
#[rustfmt::skip] // as dense as prose
pub(super) const PLACES: &[&str] = &[
    "Ashcombe", "Barleyford", "Birchwell", "Bramblethwaite", "Brindleham", "Caldermere", "Castleby",
    "Clatterford", "Coldbrook", "Copperfield", "Cranesby", "Dapplemere", "Dunnockshaw", "Eastmarsh",
    "Elderbeck", "Fallowdale", "Fernilee", "Foxholt", "Gorsehill", "Greywater", "Hallowfield",
    "Harebell Green", "Hawksworthy", "Heathersage", "Hollinbrow", "Ivythorpe", "Kestrelby",
    "Kingsmarsh", "Larkrise", "Linnetfield", "Littlemoor", "Longmeadow", "Lower Wickham", "Marlpit",
    "Merrowdown", "Millbeck", "Mossgate", "Netherby", "Newbarrow", "Nightingale Hill", "Oakenshaw",
    "Old Sawley", "Orchardleigh", "Otterbourne Vale", "Peverell", "Pikehall", "Plumtree",
    "Quarrybank", "Redwater", "Riddingsby", "Ringstead Cross", "Rookhope Moor", "Rushymead",
    "Saltmarsh", "Sandpiper", "Shepherdswell Green", "Skylark", "Sloethorpe", "Southwold Bar",
    "Staveley Brow", "Stonecrop", "Swallowfield Park", "Tanglewood", "Teasel Bridge", "Thornwick",
    "Tollgate", "Upper Dunsby", "Wagtail", "Walnut Tree", "Waterside", "Westerby", "Whinfell",
    "Whitebeam", "Willowholme", "Windmill Hill", "Winterbourne Cross", "Woodlark", "Wrensfield",
    "Yarrowby", "Yewbarrow", "Beaupré", "Château Road", "Café Street", "Abbot’s Cross",
    "King’s Delph", "Bishop’s Acre",
];

/// Saints of church schools.
#[rustfmt::skip] // as dense as prose
pub(super) const SAINTS: &[&str] = &[
    "St Mary’s", "St John's", "All Saints", "Holy Trinity", "St Peter's", "St Joseph’s",
    "St Anne's", "St Michael's", "Sacred Heart", "St Oswald's", "Our Lady's", "St Cuthbert’s",
    "St Hilda's", "St Bede's", "St Winifred's", "St Wilfrid's", "St Thérèse’s", "St Elmo's",
    "Christ Church", "St Aidan's", "St Chad's", "St Alban's", "Emmanuel", "St Kenelm's",
];

/// First words of trusts.
#[rustfmt::skip] // as dense as prose
pub(super) const TRUST_FIRST: &[&str] = &[
    "Heron", "Beacon", "Compass", "Lantern", "Harbour", "Acorn", "Horizon", "Meridian", "Kestrel",
    "Keystone", "Northlight", "Rowan", "Summit", "Tern", "Bridgewater", "Cornerstone", "Evergreen",
    "Fairway", "Firefly", "Gateway", "Juniper", "Kingfisher", "Larkspur", "Millstream", "Oakapple",
    "Pathway", "Pinnacle", "Ridgeway", "Silverdale", "Skylight", "Tidewater", "Trefoil", "Vanguard",
    "Wayfarer", "Wellspring", "Whitethorn", "Wildflower", "Windrush", "Woodpecker", "Zephyr",
];

/// Second words of trusts.
pub(super) const TRUST_SECOND: &[&str] =
    &["Valley", "Coast", "Learning", "Community", "Hills", "Schools", "Primary", "Park", "Rivers"];

/// Last words of trusts.
pub(super) const TRUST_LAST: &[&str] =
    &["Academy Trust", "Multi-Academy Trust", "Education Partnership", "Trust"];

/// Streets.
#[rustfmt::skip] // as dense as prose
pub(super) const STREETS: &[&str] = &[
    "School Lane", "Church Street", "Mill Road", "Chapel Hill", "Victoria Avenue", "Orchard Close",
    "Station Road", "Meadow Way", "The Green", "Park Drive", "King’s Road", "Manor Road",
    "Lime Tree Walk", "Quarry Bank", "Allotment Row", "Ferry Lane",
];
