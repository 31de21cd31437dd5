"""Two hundred things people type, and what each means in the world's catalogue of June 2020.

Meant is the set that is to come first, or the piece that is to be recognised, as part and colour, or `any` colour;
then the first set has it.
"""

QUERIES: tuple[tuple[str, str], ...] = (
    ("42100", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("42100-1", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("10179", "10179-1"),  # Millennium Falcon - UCS 2007
    ("10179-1", "10179-1"),  # Millennium Falcon - UCS 2007
    ("75192", "75192-1"),  # UCS Millennium Falcon 2017
    ("75192-1", "75192-1"),  # UCS Millennium Falcon 2017
    ("21309", "21309-1"),  # NASA Apollo Saturn V 2017
    ("10188", "10188-1"),  # Death Star 2008
    ("6080", "6080-1"),  # King's Castle 1984
    ("6080-1", "6080-1"),  # King's Castle 1984
    ("497", "497-1"),  # Galaxy Explorer 1979
    ("928", "928-1"),  # Galaxy Explorer 1979
    ("4558", "4558-1"),  # Metroliner 1991
    ("8880", "8880-1"),  # Super Car 1994
    ("8448", "8448-1"),  # Super Street Sensation 1999
    ("7965-1", "7965-1"),  # Millennium Falcon 2011
    ("70618", "70618-1"),  # Destiny's Bounty 2017
    ("71040-1", "71040-1"),  # The Disney Castle 2016
    (" 71040 ", "71040-1"),  # The Disney Castle 2016
    ("10 188", "10188-1"),  # Death Star 2008
    ("set 10188", "10188-1"),  # Death Star 2008
    ("lego 75192", "75192-1"),  # UCS Millennium Falcon 2017
    ("#75192", "75192-1"),  # UCS Millennium Falcon 2017
    ("No. 8880", "8880-1"),  # Super Car 1994
    ("75052", "75052-1"),  # Mos Eisley Cantina 2014
    ("1224.1-1", "1224.1-1"),  # 8 Danish Named Beams 1955
    ("1224.1", "1224.1-1"),  # 8 Danish Named Beams 1955
    ("201908-mmb", "201908-mmb"),  # Owl 2019
    ("k1062b", "k1062b"),  # Set K1062 Activity Booklet 1981
    ("4180878", "4180878"),
    ("6390-1", "6390-1"),  # Main Street 1980
    ("6390", "6390-1"),  # Main Street 1980
    ("10030", "10030-1"),  # Imperial Star Destroyer - UCS 2002
    ("10030-1", "10030-1"),  # Imperial Star Destroyer - UCS 2002
    ("۴۲۱۰۰", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("٤٢١٠٠", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("४२१००", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("４２１００", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("۷۵۱۹۲-۱", "75192-1"),  # UCS Millennium Falcon 2017
    ("۱۰۱۸۸", "10188-1"),  # Death Star 2008
    ("mos eisly", "75205-1"),  # Mos Eisley Cantina 2018
    ("mos eisley cantina", "75205-1"),  # Mos Eisley Cantina 2018
    ("mos eisley 2014", "75052-1"),  # Mos Eisley Cantina 2014
    ("cantina 2018", "75205-1"),  # Mos Eisley Cantina 2018
    ("millennium falcon", "75257-1"),  # Millennium Falcon 2019
    ("millenium falcon", "75257-1"),  # Millennium Falcon 2019
    ("milennium falcn", "75257-1"),  # Millennium Falcon 2019
    ("milenium falcon 2017", "75192-1"),  # UCS Millennium Falcon 2017
    ("ucs millennium falcon", "75192-1"),  # UCS Millennium Falcon 2017
    ("imperial star destroyer 2019", "75252-1"),  # Imperial Star Destroyer 2019
    ("imperial shuttle 2010", "10212-1"),  # Imperial Shuttle 2010
    ("death star", "75159-1"),  # Death Star 2016
    ("death star 2016", "75159-1"),  # Death Star 2016
    ("deathstar", "75159-1"),  # Death Star 2016
    ("xwing", "75218-1"),  # X-Wing Starfighter 2018
    ("y-wing 2018", "75181-1"),  # Y-Wing Starfighter 2018
    ("at-at", "75054-1"),  # AT-AT 2014
    ("atat", "75054-1"),  # AT-AT 2014
    ("snowspeeder 2017", "75144-1"),  # Snowspeeder 2017
    ("yoda", "75255-1"),  # Yoda 2019
    ("r2d2", "10225-1"),  # R2-D2 2012
    ("lightsaber duel", "7257-1"),  # Ultimate Lightsaber Duel 2005
    ("hogwrts castle", "71043-1"),  # Hogwarts Castle 2018
    ("hogwarts great hall 2018", "75954-1"),  # Hogwarts Great Hall 2018
    ("diagon alley", "40289-1"),  # Diagon Alley 2018
    ("whomping willow", "75953-1"),  # Hogwarts Whomping Willow 2018
    ("quidditch match", "75956-1"),  # Quidditch Match 2018
    ("taj mahl", "10256-1"),  # Taj Mahal 2017
    ("eifel tower", "21019-1"),  # The Eiffel Tower 2014
    ("big ben", "10253-1"),  # Big Ben 2016
    ("statue of liberty", "21042-1"),  # Statue of Liberty 2018
    ("grand carousel", "10196-1"),  # Grand Carousel 2009
    ("roller coaster", "10261-1"),  # Roller Coaster 2018
    ("ghostbusters firehouse", "75827-1"),  # Firehouse Headquarters 2016
    ("apollo saturn v", "21309-1"),  # NASA Apollo Saturn V 2017
    ("women of nasa", "21312-1"),  # Women of NASA 2017
    ("space shuttle", "3367-1"),  # Space Shuttle 2011
    ("blacktron", "6954-1"),  # Renegade 1987
    ("ice planet 2002", "6983-1"),  # Ice Station Odyssey 1993
    ("benny's spaceship", "70816-1"),  # Benny’s Spaceship, Spaceship, SPACESHIP! 2014
    ("bugati chiron", "42083-1"),  # Bugatti Chiron 2018
    ("porsche 911", "42096-1"),  # Porsche 911 RSR 2019
    ("porshe 911", "42096-1"),  # Porsche 911 RSR 2019
    ("lamborgini", "42115-1"),  # Lamborghini Sián FKP 37 2020
    ("ferrari f40", "10248-1"),  # Ferrari F40 2015
    ("t1 camper van", "10220-1"),  # Volkswagen T1 Camper Van 2011
    ("land rover defender", "42110-1"),  # Land Rover Defender 2019
    ("leibherr excavator", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("rough terrain crane", "42082-1"),  # Rough Terrain Crane 2018
    ("unimog", "8110-1"),  # Unimog U400 2011
    ("fire truck 2019", "60231-1"),  # Fire Chief Response Truck 2019
    ("police station 2020", "60246-1"),  # Police Station 2020
    ("polise station", "60246-1"),  # Police Station 2020
    ("fire station 2016", "60110-1"),  # Fire Station 2016
    ("garbage truck", "60118-1"),  # Garbage Truck 2016
    ("hospital 2018", "60204-1"),  # City Hospital 2018
    ("heartlake hospitl", "41318-1"),  # Heartlake Hospital 2017
    ("treehouse", "31010-1"),  # Treehouse 2013
    ("tree house 2019", "21318-1"),  # Tree House 2019
    ("ninjago city docks", "70657-1"),  # Ninjago City Docks 2018
    ("firstbourne", "70653-1"),  # Firstbourne 2018
    ("grean grocer", "10185-1"),  # Green Grocer 2008
    ("café corner", "10182-1"),  # Cafe Corner 2007
    ("CAFÉ CORNER", "10182-1"),  # Cafe Corner 2007
    ("parisian restaurant", "10243-1"),  # Parisian Restaurant 2014
    ("detective's office", "10246-1"),  # Detective’s Office 2015
    ("downtown diner", "10260-1"),  # Downtown Diner 2018
    ("bookshop 2020", "10270-1"),  # Bookshop 2020
    ("palace cinema", "10232-1"),  # Palace Cinema 2013
    ("fire brigade 2009", "10197-1"),  # Fire Brigade 2009
    ("grand emporium", "10211-1"),  # Grand Emporium 2010
    ("winter village", "10259-1"),  # Winter Village Station 2017
    ("santa's workshop", "10245-1"),  # Santa’s Workshop 2014
    ("santa 2012", "30182-1"),  # Santa 2012
    ("advent calendar star wars 2019", "75245-1"),  # Star Wars Advent Calendar 2019
    ("kings castle", "70404-1"),  # King’s Castle 2013
    ("black falcon's fortress", "10039-1"),  # Black Falcon's Fortress 2002
    ("medeival market", "10193-1"),  # Medieval Market Village 2009
    ("imperial flagship", "10210-1"),  # Imperial Flagship 2010
    ("pirates of barracuda bay", "21322-1"),  # Pirates of Barracuda Bay 2020
    ("black seas barracuda", "10040-1"),  # Black Seas Barracuda 2002
    ("steamboat willie", "21317-1"),  # Steamboat Willie 2019
    ("disny castle", "71040-1"),  # The Disney Castle 2016
    ("the simpsons house", "71006-1"),  # The Simpsons House 2014
    ("big bang theory", "21302-1"),  # The Big Bang Theory 2015
    ("the flintstones", "21316-1"),  # The Flintstones 2019
    ("jurassic world velociraptor", "75932-1"),  # Jurassic Park Velociraptor Chase 2018
    ("tahu 2001", "8534-1"),  # Tahu 2001
    ("batcave", "6860-1"),  # The Batcave 2012
    ("joker manor", "70922-1"),  # The Joker Manor 2017
    ("avengers tower", "40334-1"),  # Avengers Tower 2019
    ("spider-man", "76146-1"),  # Spider-Man Mech 2020
    ("spiderman", "76146-1"),  # Spider-Man Mech 2020
    ("walle", "21303-1"),  # WALL•E [Original Version] 2015
    ("krusty krab", "3825-1"),  # Krusty Krab 2006
    ("xwing fighter", "6212-1"),  # X-wing Fighter 2006
    ("deathstar 2016", "75159-1"),  # Death Star 2016
    ("snow speeder", "75144-1"),  # Snowspeeder 2017
    ("red 2x4 brick", "3001:4"),  # Brick 2 x 4 / Red
    ("brick 2x4 red", "3001:4"),  # Brick 2 x 4 / Red
    ("red brick 2 x 4", "3001:4"),  # Brick 2 x 4 / Red
    ("Red Brick 2×4", "3001:4"),  # Brick 2 x 4 / Red
    ("black 1x2 plate", "3023:0"),  # Plate 1 x 2 / Black
    ("dark bluish grey plate 1x4", "3710:72"),  # Plate 1 x 4 / Dark Bluish Gray
    ("dark bluish gray 1x4 plate", "3710:72"),  # Plate 1 x 4 / Dark Bluish Gray
    ("light bluish gray 1x1 plate", "3024:71"),  # Plate 1 x 1 / Light Bluish Gray
    ("trans clear 1x1 plate", "3024:47"),  # Plate 1 x 1 / Trans-Clear
    ("trans-clear 1 x 1 round plate", "6141:47"),  # Plate Round 1 x 1 with Solid Stud / Trans-Clear
    ("white 1x2 tile", "3069b:15"),  # Tile 1 x 2 with Groove / White
    ("yellow minifig head", "3626c:14"),  # Minifig Head Plain [Hollow Stud] / Yellow
    ("3070b", "3070b:any"),  # Tile 1 x 1 with Groove / Black
    ("87087", "87087:any"),  # Brick Special 1 x 1 with Stud on 1 Side / Black
    ("300121", "3001:4"),  # Brick 2 x 4 / Red
    ("302401", "3024:15"),  # Plate 1 x 1 / White
    ("4210719", "3024:72"),  # Plate 1 x 1 / Dark Bluish Gray
    ("4558170", "63864:0"),  # Tile 1 x 3 / Black
    ("۳۰۰۱۲۱", "3001:4"),  # Brick 2 x 4 / Red
    ("black technic pin", "2780:0"),  # Technic Pin with Friction Ridges Lengthwise and Center Slots / Black
    (
        "technic pin with friction",
        "2780:0",
    ),  # Technic Pin with Friction Ridges Lengthwise and Center Slots / Black
    ("blue 2x2 brick", "3003:1"),  # Brick 2 x 2 / Blue
    ("tan 2x2 corner plate", "2420:19"),  # Plate 2 x 2 Corner / Tan
    ("cheese slope", "54200:0"),  # Slope 30° 1 x 1 x 2/3 (Cheese Slope) / Black
    ("slope 45 2x2 red", "3039:4"),  # Slope 45° 2 x 2 / Red
    ("reddish brown 1x2 brick", "3004:70"),  # Brick 1 x 2 / Reddish Brown
    ("castle 1984", "6080-1"),  # King's Castle 1984
    ("technic 2019", "42098-1"),  # Car Transporter 2019
    ("ninjago 2011", "3856-1"),  # Ninjago 2011
    ("creator expert", "10257-1"),  # Carousel 2017
    ("nr. 6285", "6285-1"),  # Black Seas Barracuda 1989
    ("6285-1", "6285-1"),  # Black Seas Barracuda 1989
    ("t rex", "6914-1"),  # T-Rex 2012
    ("train station", "60050-1"),  # Train Station 2014
    ("hogwarts knight bus 2019", "75957-1"),  # The Knight Bus 2019
    ("STAR DESTROYER", "75252-1"),  # Imperial Star Destroyer 2019
    (" Cafe   Corner ", "10182-1"),  # Cafe Corner 2007
    ("cafe-corner", "10182-1"),  # Cafe Corner 2007
    ("10182 cafe corner", "10182-1"),  # Cafe Corner 2007
    ("technic liebherr", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("potter hogwarts castle", "71043-1"),  # Hogwarts Castle 2018
    ("lego set 42100", "42100-1"),  # Liebherr R 9800 Excavator 2019
    ("Lego Nr. 10030", "10030-1"),  # Imperial Star Destroyer - UCS 2002
    ("71043-1", "71043-1"),  # Hogwarts Castle 2018
    ("10 1 7 9", "10179-1"),  # Millennium Falcon - UCS 2007
    ("۷۱۰۴۳", "71043-1"),  # Hogwarts Castle 2018
    ("٧١٠٤٣-١", "71043-1"),  # Hogwarts Castle 2018
    ("৭১০৪৩", "71043-1"),  # Hogwarts Castle 2018
    ("Ｔａｊ Ｍａｈａｌ", "10256-1"),  # Taj Mahal 2017
    ("taj  mahal!", "10256-1"),  # Taj Mahal 2017
    ("(taj mahal)", "10256-1"),  # Taj Mahal 2017
    ('"taj mahal"', "10256-1"),  # Taj Mahal 2017
    ("taj mahal 10256", "10256-1"),  # Taj Mahal 2017
    ("star wars cantina", "75205-1"),  # Mos Eisley Cantina 2018
    ("starwars cantina", "75205-1"),  # Mos Eisley Cantina 2018
    ("wedding favour", "40197-1"),  # Wedding Favour 2018 2018
    ("blue 2 x 2 brick", "3003:1"),  # Brick 2 x 2 / Blue
    ("Brick, 2 x 4, red", "3001:4"),  # Brick 2 x 4 / Red
    ("2x4 brick black", "3001:0"),  # Brick 2 x 4 / Black
    ("black 2 X 4 plate", "3020:0"),  # Plate 2 x 4 / Black
    ("dark red 2x2 tile", "3068b:320"),  # Tile 2 x 2 with Groove / Dark Red
    ("32316", "32316:any"),  # Technic Beam 1 x 5 Thick / Black
)
