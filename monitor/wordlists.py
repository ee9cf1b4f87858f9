"""General knowledge of Norwegian and English that matching needs: closed word classes and fields of life.

Nothing here knows a brand. Words are folded (see ``text.fold``). A *field* is a region of life with words that
open it (they occur in a sector or in the description of a homonym) and words that show a text is about it.
The same fields serve both sides: those of our sector speak for us, those of a homonym against.

Longer than other modules because it is a list: one place to read and to extend what is taken for known.
"""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOPWORDS = _set(
    """
    og eller men i på til fra for av om med uten ved hos mot over under etter før mellom gjennom som at å
    er var være vært blir ble bli blitt har hadde ha hatt kan kunne skal skulle vil ville må måtte bør den
    det de dem der her da så når hvis enn en ei et ein eit vi oss vår vårt våre du deg din ditt dine jeg
    meg min mitt mine han ham hun henne hans hennes deres dere seg sin sitt sine ikke ingen noe noen alle
    alt all hver hvert hva hvem hvor hvordan hvorfor hvilke bare også selv mer mest mye mange få flere
    første andre annen annet samme slik sånn inn ut opp ned nå dag år tid gang ganger får fikk går gikk
    gjør gjorde sier sa si tar tok ta kommer kom gi gir ga ser så egen eget egne også aldri alltid bort
    igjen heller enda fordi mens både dette disse denne ikkje eg me ho dei dykk deira vere vart vore kva
    kven korleis kor nokon noko berre sjølv meir frå ein eit vår våre the a an and or but of to in on at by
    for with from as is are was were be been being has have had do does did not no nor so than then that
    this these those it its we us our you your they them their he him his she her i me my who what when
    where why how which all any some each more most much many few other another same such only own also
    just even very too can could shall should will would may might must if because while about into over
    after before between out up down off again there here new one two never always than without andre årets
    svarer står stå vise viser ingen hvert minst innen hele helt gjennom slik god godt gode stor liten små
    """
)

# Words that only talk about naming, in a homonym's description; they describe nothing.
NAMING = _set(
    """
    navn navnet name names etternavn etternavnet surname slektsnavn slektsnavnet gårdsnavnet stedsnavn
    gatenavn stinavn ord ordet word vanlig common verbet verb uttrykk uttrykket bruk overført billedlig
    tyding betydning heter heiter called named tilknytning selskapet company unrelated personer person folk
    people andre other lignende liknende likt samme firma firmaer lag ikke ikkje not example eksempel incl
    bare only former tidligere
    """
)

# Short, unstressed words that are capitalised only because they open a sentence.
OPENERS = STOPWORDS | _set(
    """
    instead however then now later soon once finally maybe perhaps derimot likevel samtidig senere snart
    endelig kanskje forresten altså visst ifølge hos dagens tidligere nye ny hei takk kjære gjelder svar
    spørsmål breaking because according meanwhile today yesterday thanks dear hello hi hey great good bad
    why since although when today's still both dette ja nei ok vet kjøpte fikk prøvde bestilte ringte
    jobber elsker hater bruker tror boikott boycott kjøp unngå takket kjære støtt skam shame avoid love
    hate got tried ordered
    """
)

ORGANISATION = _set(
    """
    selskap selskapet konsern konsernet kjede kjeden firma firmaet bedrift bedriften bedrifta gruppen
    gruppa aktøren leverandøren eieren arbeidsgiver arbeidsgiveren merkevaren merket virksomheten
    børsnoterte giganten stiftelsen organisasjonen utbyggeren operatøren company firm group chain operator
    supplier owner brand employer provider business giant parent subsidiary organisation organization
    charity startup
    """
)

COMPANY_FORMS = _set("as asa ans da ltd inc plc group gruppen gruppa konsernet konsern holding company sa hf")

SAYING = _set(
    """
    skriver skriv skrev sier seier sa sagt fortel forteller fortalte mener meiner meinte mente uttaler svarer
    svarte says said writes wrote told tells according ifølge
    """
)
ROLES = _set(
    """
    konsernsjef konsernsjefen sjef sjefen toppsjef toppsjefen direktør direktøren styreleder styrelederen
    finansdirektør kommunikasjonsdirektør kommunikasjonssjef pressekontakt daglig leder administrerende
    redaktør rektor talsperson talsmann ceo cfo cto coo chair chairman chairwoman director executive
    president spokesperson spokeswoman spokesman founder gründer dr doktor kaptein captain banksjef adm dir
    """
)

# Titles that show a person who is not in office with us: in front of a surname they introduce a namesake.
COURTESY = _set("mr mrs ms miss fru herr frøken")

# Towns large enough to have branches of things: the word behind a firm's name is then a place of business.
TOWNS = _set(
    """
    oslo bergen trondheim stavanger kristiansand fredrikstad drammen sandnes tromsø sarpsborg skien bodø
    ålesund sandefjord haugesund arendal tønsberg moss porsgrunn hamar larvik halden harstad lillehammer
    molde kongsberg gjøvik horten askim kristiansund jessheim lillestrøm ski asker sandvika hønefoss
    mosjøen narvik alta elverum steinkjer namsos stjørdal førde florø voss leirvik egersund mandal grimstad
    notodden london stockholm københavn copenhagen göteborg malmö hamburg aberdeen lagunen ullevaal sentrum
    nord sør øst vest
    """
)

OTHER_TITLES = _set(
    """
    familien family naboen neighbour onkel tante ordfører dommer forsker lærer fotballspiller spiller
    keeper trener skiløper løper advokat forsvarer forfatter kunstner maler prest biskop politiker statsråd
    minister rådgiver lensmann bonde professor prof mayor referee coach player author poet painter artist
    researcher teacher lawyer sheriff bishop actor skuespiller sanger singer striker goalkeeper midfielder
    skier runner senator judge governor midtstopper spiss komponist
    """
)

# Something else that bears a name: institutions, clubs, boats, buildings, firms. Follows the name, or precedes it.
NAME_HEADS = _set(
    """
    kirke kirka kyrkje kyrkja church kirkegård kapell skole skule ungdomsskole barneskole videregående
    barnehage barnehave gård gard gardsbruk stasjon holdeplass kommune bydel grend grendehus bygd bygdelag
    camping hotell gjestgiveri omsorgssenter sykehjem sjukeheim aktivitetssenter bofellesskap brygge brygga
    borettslag boligsameie sameie velforening il fk bk sk fl ik idrettslag idrettsforening fotballklubb
    skiklubb håndball damekor mannskor blandakor kor barnekor korps musikklag sluser sluse bru bro tunnel
    tunnelen museum teater theatre theater church school kindergarten station farm locks lock university
    cup stadium park bridge river lake valley festival bygg rør transport auto bakeri frisør salong kafe
    café cafe spa bygdemuseum entreprenør snekkerverksted sønner søner sons brothers partners forlag
    menighet misjon visegruppe trio kvartett mølle havn hamn båtforening seilforening jeger hytte hytta
    turlag arena hall stadion senter cabin hus huset bondelag sanitetsforening
    """
)

# What a compound with the name ends in when it names a place, a building or a natural thing.
PLACE_ENDINGS = _set(
    """
            veien vegen veg vei gata gaten gate stien sti bygda bygd dalen dal vika viken vik stranda neset
            nes øya berget åsen toppen fjellet tinden vatnet vannet elva fossen rud land sund heim stad
            svingen kroken bakken tunet skogen gård gården gard garden kirke skole skolen barnehage viks
            hytta krysset torget plassen brua broen
            """
)

ORG_ENDINGS = _set(
    """
            sjef sjefen sjefens direktør direktøren gruppen gruppa konsernet ansatt ansatte aksjen aksjen
            ledelsen styret toppen appen saken skandalen kunde kunden kunder kundene kort kortet butikk
            butikken butikkene kontoen reklamen kampanjen avtalen avtale folk folka folkene systemet
            kontoret kontorene anlegget anleggene avdelingen eier eiere eid eide owned led backed run
            employee staff boss ceo skip skipet båt båten båtene ferge ferga ferja klinikk klinikken
            klinikkene lege legen leger avis avisa avisene bank banken hotell hotellet hotellene lader
            laderen ladere merd anlegg produkt produkter fond fondet skolen barnehage barnehagen
            barnehagene barnehager rederiet bil bilen abonnement nett nettet tilsatt tilsette sjåfør
            mannskap leder ledere lederen brus øl pakke
            """
)

PLACE_PREPOSITIONS = _set("i på til ved over gjennom forbi near nær through around outside mot in at to")
ARTICLES = _set("en ei et ein eit a an å ett the stor stort small big litt noe mer fast")

# In front of a capitalised name they show one of many bearers: a Hegg from Lærdal, most Heggs.
COUNTED = _set(
    """
    a en ein most many any every
    """
)

# One goes to, lives in, comes from a place; the name behind is then hardly a firm.
MOVES = _set(
    """
    kjørte køyrde kjøre køyre reiste reise dro syklet flyttet flytta bor bur bodde budde drove drive
    travelled moved live lived hike veien vegen train tog toget path trail stien sommerhus cottage født
    fødd born øst vest nord sør aust
    """
)

# One works in, leads and owns shares of a firm: "in X" is then no place.
OFFICE = _set(
    """
    jobber jobbar jobba jobbet ansatt ansatte tilsett tilsette arbeider arbeidde aksjer aksjen aksjene
    aksjeposten eierne eierandel tillit tilliten kunde kunder styret ledelsen leiinga leder leier medlem
    folk folka karriere begynte stilling shares share stake invest invested trust confidence faith interest
    work working worked works job staff employee employees management board investors manager overlegen
    legen avdelingen avdeling kontoret systemet konto sluttet slutta
    """
)

# Verbs by which people, more than firms, are quoted.
SPEECH = _set(
    """
    sier seier sa forteller fortel said says told mener meiner added
    """
)

# Between a thing and the name it is given: a folkboat called Lomvi.
NAMED = _set(
    """
    called named heter heiter kalt kalla døpt
    """
)

# Verbs and words by which a customer, a passenger, a neighbour speaks to or of a firm without naming it.
FIRM_TALK = _set(
    """
    kundeservice kundeservicen kundesenter kunde kunder customer customers service support betalte betalt
    faktura gebyr kvittering receipt refund refundert bestilte bestilt booking booked billett billetten
    pris priser price pricey køen kø queue personalet betjening betjent betjening ansatte staff crew
    mannskapet app appen selskapet firmaet company konsernsjef konsernsjefen konsernsjefens direktøren
    direktør sjefen ceo management ledelsen ledelse pressemelding rate fee charged stjerner stars avslag
    rabatt discount klage klaget complained response underleverandør hotline autosvar linkedin journalist
    arbeidsgiver ansatt jobber kollega
    """
)

# field: (words that open it, words that show it)
FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "bird": (
        _set("fugl fuglen fuglar sjøfugl sjøfuglen bird seabird birds"),
        _set(
            """
            fugl fugler sjøfugl fuglefjell hekker hekking hekkende reir egg unger flokk bestand bestanden
            arter art ringmerket ringed koloni kolonien guillemot seabird seabirds puffin puffins razorbill
            razorbills kittiwake kittiwakes colony cliffs ledge ledges nest nesting feathers beak ornitolog
            ornithologist birding birdwatching species fjær nebb vinger tobis capelin migration wings
            chicks egg eggs fuglekikker kikkert kryssord telling tellinger truet rødlista
            """
        ),
    ),
    "plant": (
        _set("tre treet trær tree trees plante planter plant plants blomst skog bjørk busk shrub flower fir"),
        _set(
            """
            hage hagen hageplanlegger gren grener grenene blad blader lauv løv blomst blomster blomstrer
            blomstene bær bærene røtter rot rotskudd stamme stammen beskjære klippe klipp busk garden
            gardening tree trees berry berries leaf leaves branch branches prune suckers wood bowl bloom
            blossom pollen plant plants seeds seed poplar popler poppel skog møll spinn frukt spruce bird
            cherry rogn lind tunet knopp knopper riverbank vegetation jordbær hekk sopp kvister kvistene
            """
        ),
    ),
    "place": (
        _set(
            """
            vei veien vegen veg gate gata street road sted stedet staden bygd bygda grend grenda kommune
            kommunen gård gården gårder gårdene hamlet place town city by byen bydel village stinavn
            stedsnavn gatenavn stien gateadresser våtmarksområdet fjell mountain fossen
            """
        ),
        _set(
            """
            stengt gjennomkjøring reguleringsplan reguleringsplanen brøyting brøytes ordfører ordføreren
            veilag veilaget bygda grenda kirke kirken kirka kyrkje kyrkja kirkegården tog toget buss bussen
            stasjon hamlet village municipality kommunestyret bystyret trasé turvei parkert garasje nabo
            naboen nabolag posten postet gården gard gårdsplass skattemanntall historielag tømmer bom
            hytter grusvei påstigning konduktøren signalfeil residents grendehus dugnad langs innbyggere
            kart
            """
        ),
    ),
    "sport": (
        _set(
            """
            spiller spillere fotballspiller håndballspiller skiløper utøvere player players ballklubb il fk
            fotball idrett løper fotballdommer idrettsfolk jumper cup golf juling tap trener terskeltrening
            """
        ),
        _set(
            """
            mål målet scoret scorte overtid kamp kampen seier seieren vant tap trener treneren landslag
            divisjon keeper hjørnespark stolpe bane banen banerekord renn rennet løp løypa ski rulleski
            medalje gull pallen sesong sesongen lagkamerat spiller spillere midtbane borteseier håndball
            fotball goal goals scored match race win wins won season coach league player team knee injury
            points cup golf captain captains pairings putting fairway golfer tournament final champion
            skied jumper hopp hoppbakken start tilskuere serie serierunde arena juling dommer dommeren
            benken mesterskap finished podium startfelt jubel overgangen klubb klubben spilte laget lag
            """
        ),
    ),
    "family": (
        _set("etternavn etternavnet surname slektsnavn slektsnavnet personer navnebror"),
        _set(
            """
            slekt slekta slekten etterkommere oldefar bestefar bestemor tippoldefar født døde gift søsken
            genealogy descendants emigrated emigrerte ancestors great-grandmother grandfather grandmother
            dad mom aged census born family surname minnestund begravelse navnedag late konfirmant
            pensjonist
            """
        ),
    ),
    "art": (
        _set(
            "kunstneren maleri maleriet forfatter forfattere author romanen roman skuespillere teater maler kunstnere"
        ),
        _set(
            """
            roman romanen bok boka dikt essay novel poet poetry translations translation writer author
            painting maleri maleriet utstilling utstillingen galleri exhibition museum kunst kunstner
            forlag premiere scene skuespiller teater teateret theatre monologen regissør novelle lyriker
            litteratur
            """
        ),
    ),
    "music": (
        _set(
            "kor koret band musikk musikkgruppa choir duo gruppe visesanger sanger trekkspiller strykere orkester"
        ),
        _set(
            """
            kor koret konsert konserten dirigent dirigenten synge synger sang sanger album albumet plate
            plata turné vokalist scene publikum choir concert tour band song songs sing singer musiker
            fiolin cello cellist orkester kvartett strykekvartett kirkekonsert øver sopran tenor vise viser
            gitar trekkspill jubileumskonsert låter
            """
        ),
    ),
    "boat": (
        _set(
            "seilbåt seilbåten båt veteranbåt fritidsbåter ms dinghy kutter skøyte seil sailing seilbetegnelsen"
        ),
        _set(
            """
            seil seile seilte seiling regatta mast naust naustet sjøsette sjøsatt kjøl keel hull folkboat
            snekke kutter kutteren eik rig rigg sail sailing sails sailor boom mooring restaurering
            veteranbåt bolts slippen kjelen presenning survey rot trebåt dinghy båtlengder modell mainsail
            spinnaker tow kicker
            """
        ),
    ),
    "institution": (
        _set(
            "barnehage skole kirke omsorgssenter aktivitetssenter sykehjem kindergarten school church menighet"
        ),
        _set(
            """
            barnehage kindergarten elever elevene rektor beboere beboerne styrer skole skolen gymsal kirke
            prest presten omsorgssenter sykehjem avdeling foreldrene pensjonister school pupils care
            residents
            """
        ),
    ),
    "trade": (
        _set(
            """
            snekker joinery bygg rør transport bakeri frisører frisør salong salonger kafeer
            hudpleiesalonger kosmetikkvarer firmaer auto entreprenør hårbalsam firm firma camping hytter
            boligprosjekter
            """
        ),
        _set(
            """
            snekker snekkerverkstedet vinduer dør kjøkken rørlegger rørleggerfirmaet konkurs anbud bakeri
            frisør salong salon spa hår håret hårbunnen hodebunnen sjampo shampoo parfyme leppe conditioner
            skin steam bobil campingplass dusj plass wifi cabin cottage cosy host verten utleie megler
            visning viewing bedroom blokkene utbygger boligprosjekt naboer tømrer bilverksted
            """
        ),
    ),
    "animal": (
        _set("hest travhest hund dog horse racehorse"),
        _set("hest hesten travhest travbane løpet hund valp stall kjørt femåring avl"),
    ),
    "oil": (
        _set("oljefelt oljefeltet shale formasjonen oilfield"),
        _set(
            "crude barrels drilling rigs rig well wells shale oil output dakota north boring olje gas barrel county"
        ),
    ),
    "language": (
        _set("ord ordet word verb verbet uttrykk språk dialektord"),
        _set(
            """
            ordet uttrykket uttrykk betyr means mean meaning norwegian norsk ord word words language
            dialekt duolingo oversatt translates kalles expression etymology vocabulary svensk swedish
            danish kryssord
            """
        ),
    ),
    "weather": (
        _set("sjø blikkstille snø snøskorpe vær fjord"),
        _set(
            """
            soloppgang solnedgang kajakk bølger vindstille blikkstille vind stille fjellet snø skare tur
            utsikt sol view sunrise waves wind seilas morgenstund sommerkveld
            """
        ),
    ),
    "river": (
        _set("elv elva padling vassdrag rapids laksefiske"),
        _set(
            """
            elv elva elven padle padling packraft kayak rapids river paddle paddled fiske fiskeplass ørret
            laks flue nymfe fluefiske anglers angling eddy boulder strøm foss waterfall dam raft kano bekk
            vassdrag vern
            """
        ),
    ),
    "exam": (
        _set("eksamen karakter strykkarakter skole fag"),
        _set(
            """
            eksamen karakter karakteren sensur stiler matte lektor lærer elev studie exam grade fail failed
            studere retter test
            """
        ),
    ),
    "household": (
        _set("klærne strykejern klær katten smør bål hus"),
        _set(
            """
            skjorte skjorta skjorter klær klærne vask strykejern strykebrett iron ironing katt katta katten
            kjole smør butter pan oven ovnen ved bål hagekull hår kam kammen varmekabler ild flammer brann
            brannvesenet røyk hageavfall peis pils forbudet bråtebrann skogbrann
            """
        ),
    ),
    "body": (
        _set("beinet kalorier seg kropp"),
        _set(
            "bein beinet arm armen gips brudd fracture kvalme kaste gravide lege mage kalorier trening forbrenning"
        ),
    ),
    "heap": (
        _set("haug møkkahaug snøhaug søppelhaug gravhaug"),
        _set(
            "møkk snø flis granbar kompost stein jord grus mound burial gravhaug viking avfall søppel presenning kubikk"
        ),
    ),
    "figurative": (_set("billedlig sjelen kjempe solid"), _set("sjelen soul sjela kveld ro kos stearinlys")),
    # --- sectors ---------------------------------------------------------------------------------------------
    "ferry": (
        _set("ferge ferje hurtigbåt ferry boat rederi kollektivtransport shipping båt"),
        _set(
            """
            ferge ferga fergen ferja ferje ferjer hurtigbåt hurtigbåten båt båten båtene båter båtar boat
            boats ferry ferries rute ruta ruten ruter avgang avganger avgangen departure departures kai
            kaia kaien quay skipper skipperen styrmann styrmannen matros matrosen captain deck dekk
            passasjer passasjerer passenger passengers billett billetter billettautomat ombord bord aboard
            onboard pendler pendlerbåt commuter overfart crossing rampe ramp reder rederi rederiet rederier
            redningsvest lifejacket vhf tåke fog innstilt cancelled forsinket delayed mannskap crew øy øya
            øyene island islander islanders kapteinen kajakk rullestol barnevogn nestenulykker sjøsikkerhet
            fastlandet buss styrehus anløp maskinist
            """
        ),
    ),
    "transit": (
        _set("buss kollektivtransport bus tog jernbane bane trikk rail train transit"),
        _set(
            """
            buss bussen busser bussene sjåfør sjåføren sjåfører rute ruta ruten ruter holdeplass avgang
            avganger billett billetten passasjer passasjeren passasjerer forsinket forsinkelse innstilt tog
            toget perrong konduktør bus buses driver drivers stop route ticket fare timetable delayed
            cancelled train passengers nattbuss skolebuss rutetabell skyss kontroll kontrollør
            """
        ),
    ),
    "offshore": (
        _set("offshore rederi ankerhåndtering havvind forsyning forsyningsskip"),
        _set(
            """
            skip skipet skipene vessel vessels rederi rederiet offshore plattform riggen charter dagrate
            dagrater mannskap crew kaptein verft yard havvind wind supply ankerhåndterer beredskap hviletid
            sjøfolk seafarers fleet flåten flåte tonnasje dekksmannskap seilas bunkers sjøfartsdirektoratet
            kontrakt
            """
        ),
    ),
    "health": (
        _set("clinics clinic klinikk helse health hospital lege patient sykehus specialist"),
        _set(
            """
            lege legen leger doctor doctors doc gp dr klinikk klinikken klinikkene clinic clinics pasient
            pasienten pasienter pasientene patient patients prøvesvar svaret results result test tests
            nurse sykepleier surgery operasjon knee rash henvisning referral consultation consult
            konsultasjon time venterom venterommet waiting fastlege sykehus sykehuset hospital hospitals
            medisin medisinen diagnose journal behandling treatment blodprøve undersøkelse symptomer
            appointment resept hals smear scan mr mri vitamin opningstid opningstider physio allergisk
            consultations reception timebestilling
            """
        ),
    ),
    "pharma": (
        _set("legemidler legemiddel medisinsk pharma medicine medisiner"),
        _set(
            """
            medisin medisiner legemiddel legemidler tablett tabletter pumpe insulin dose dosering
            bivirkning bivirkninger pasient pasienter apotek apoteket studie studien forskning preparat
            allergi nesespray lege sykehus legemiddelverket tilbakekalling batch drug drugs medicine
            patients trial trials fabrikk produksjon helseforetak refusjon blåresept
            """
        ),
    ),
    "aquaculture": (
        _set("havbruk laks oppdrett salmon aquaculture sjømat seafood"),
        _set(
            """
            laks laksen laksefilet oppdrett oppdretter merd merden merdene mærer lokalitet lokaliteten lus
            lusetall rømming rømt rømte notpose not slakt slakteri brønnbåt fôr fiskehelse fiskevelferd
            smolt settefisk røkter salmon escape lice pen pens feed fishfarm farmed fiskeridirektoratet
            mattilsynet elveeiere filet fisk fisken mort dødelighet aksje aksjen kvartal
            """
        ),
    ),
    "energy": (
        _set("vannkraft kraft energi elbillading strøm kraftnett lading power electricity nett"),
        _set(
            """
            strøm strømmen strømpris kraft kraftverk kraftverket magasin magasinet konsesjon
            minstevannføring turbin lader laderen ladere ladestasjon ladestasjonen lade lading charger
            chargers charging charge kwh kabel kabelen elbil elbilen ev nettleie strømavtale strømregning
            demning vassdraget vassdrag kw stolpe stolpen hurtiglader hurtiglading tappetunnel nve
            strømbrudd kraftlag post posts plug contact
            """
        ),
    ),
    "telecom": (
        _set("telekom bredbånd mobil telecom broadband fiber internett"),
        _set(
            """
            dekning nett nettet mobil mobilnett bredbånd fiber ruter router abonnement telefon sim samtale
            utfall basestasjon coverage broadband network outage plan data kundeservice faktura oppsigelse
            roaming wifi nkom antenne mast hastighet speed signal operatør kundesenter internett
            """
        ),
    ),
    "hotel": (
        _set("hotel hotels hotell conferences konferanse gjester"),
        _set(
            """
            hotell hotellet hotel rom rommet room rooms resepsjon resepsjonen reception frokost breakfast
            gjest gjester guest guests konferanse conference overnatting stay stayed checkin check-in bed
            seng minibar housekeeping renhold stuepike lobby bar restaurant booking night nights natt
            netter spa
            """
        ),
    ),
    "media": (
        _set("avis mediekonsern avisa newspaper media mediehus"),
        _set(
            """
            avis avisa avisen aviser leserbrev lesarbrev leserinnlegg debattredaktør debattinnlegg kryssord
            crossword edition paper papiravis ingress ingressen abonnert subscribed subscription
            annonseavdelinga annonseavdelingen annonser spalte sportssidene nyhetsvarsel redaktør
            redaktøren redaksjon redaksjonen journalist journalisten artikkel artikkelen sak saken
            overskrift abonnent abonnement annonse kommentarfelt pfu presse rettelse kilde newspaper editor
            newsroom reporter headline correction paywall lesar leser lokalavis deadline byline
            """
        ),
    ),
    "bank": (
        _set(
            "bank sparebank pensjon forsikring kapitalforvaltning skadeforsikring banking insurance fond finans"
        ),
        _set(
            """
            bank banken rente renta lån boliglån konto kunderådgiver innskudd kreditt sparing fond fondet
            fondene pensjon pensjonen forvalter forvaltning avkastning aksjer porteføljen forsikring skade
            erstatning premie egenandel takst loan mortgage account savings pension fund interest adviser
            claim insurance filial kredittvurdering finanstilsynet hvitvasking gavefond sparebankfond
            bankkort minibank
            """
        ),
    ),
    "retail": (
        _set("elektronikk møbel møbelkjede butikk kjede varehus retail clothing klær outdoor store"),
        _set(
            """
            butikk butikken butikkene kasse kassa sofa sofaen vaskemaskin hvitevarer tv garanti reklamasjon
            reklamere levering varer varen salg førpris tilbud kampanje kvittering kundeklubb store shop
            warranty delivery sofa fridge returns refund stock lager trygghetsavtale møbler elektronikk
            sortiment forbrukertilsynet jakke jacket zip warehouse washing
            """
        ),
    ),
    "property": (
        _set("eiendom boligutvikling entreprenør bygg anlegg boliger construction property"),
        _set(
            """
            bolig boliger boligen leilighet leiligheter leilighetene byggetrinn utbygger prosjekt
            prosjektet tomt reguleringsplan kjøper kjøpere overtakelse byggeplass byggeplassen entreprenør
            stillas fuktskade riving apartment apartments developer flats building site buyers handover
            meglere balkong heis borettslag hms bas kontrakt arkitekt fjernvarme
            """
        ),
    ),
    "education": (
        _set("barnehager skoler barnehage skole universitet handelshøgskule school kindergartens education"),
        _set(
            """
            barnehage barnehagen barnehagene barnehager kindergarten kindergartens barn barna foreldre
            foreldrene bemanning bemanningsnormen pedagogisk leder styrer avdeling avdelingen vikar vikarer
            tilskudd foreldrebetaling skole skolen elever elevar student studenter studium eksamen
            forelesning parents children teacher teachers staff oppvekst barnehagelærer barnehagelærere
            utdanningsdirektoratet
            """
        ),
    ),
    "food": (
        _set("mat drikke bryggeri matlevering restaurant food brewery kjøttpålegg ferdigretter"),
        _set(
            """
            øl pils lettøl brus bryggeri bryggeriet pålegg kjøtt pølse leverpostei ferdigrett ferdigretter
            mineralvann fabrikk fabrikken mattilsynet tilbakekaller listeria råvare råvarer bonde bønder
            bøndene leveranse dagligvare etikett pakning holdbarhet beer brewery brewer meat products
            recall packaging farmers mat maten bud budet levering restaurant kurer courier tappelinje
            """
        ),
    ),
    "mobility": (
        _set("bildeling elsparkesykler sparkesykkel taxi car sharing scooter"),
        _set(
            """
            bil bilen biler sparkesykkel sparkesykkelen sparkesykler elsparkesykkel scooter scooters leie
            leide tur parkering fortau fortauet batteri app appen minutt minuttpris bildeling car cars
            rental helmet hjelm bot lading bookingen returnere
            """
        ),
    ),
    "it": (
        _set("it konsulent konsulentvirksomhet software programvare teknologi tech"),
        _set(
            """
            konsulent konsulenter konsulentene utvikler utviklere utvikling system systemet systemer
            leveranse prosjekt prosjektet kunde anbud rammeavtale kode database lansering migrering
            journalsystem pasientjournal etat timepris overskridelse consultants developers software
            rollout sky datainnbrudd innsyn testmiljø smidig release
            """
        ),
    ),
    "charity": (
        _set("humanitær organisasjon charity ngo bistand nødhjelp"),
        _set(
            """
            bistand nødhjelp frivillig frivillige gave gaver giver givere innsamling innsamlede fadder
            fadderbarn flyktning flyktninger leir feltkontor donor donors donation donations volunteers aid
            refugees fundraising bruktbutikk innsamlingsprosent norad prosjektland lokalkontor humanitær
            """
        ),
    ),
    "airline": (
        _set("airline fly flyselskap flights air passenger"),
        _set(
            """
            fly flyet flight flights pilot piloten avgang kansellert rute bagasje baggage boarding gate
            kabin crew airport lufthavn flyplass seat ticket billett delayed passengers passasjer kaptein
            luggage refund runway
            """
        ),
    ),
    "club": (
        _set("fotballklubb klubb club supporter"),
        _set(
            """
            kamp kampen klubb klubben spiller spillere trener treneren tribune stadion supporter supportere
            drakt overgang tabell eliteserien seriekamp bredde akademi billett match fans coach transfer
            sponsor målvakt
            """
        ),
    ),
}

# Surnames that so many bear that one alone says nothing of whom.
COMMON_SURNAMES = _set(
    """
    hansen johansen olsen larsen andersen pedersen nilsen kristiansen jensen karlsen johnsen pettersen
    eriksen berg haugen hagen johannessen andreassen jacobsen dahl jørgensen halvorsen henriksen lund
    sørensen jakobsen moen gundersen iversen strand solberg svendsen eide knutsen martinsen paulsen bakken
    kristoffersen lie mathisen amundsen rasmussen lunde solheim berge moe nygård bakke kristensen
    fredriksen holm lien hauge christensen andresen nielsen knudsen evensen sæther aas myhre haugland
    antonsen ahmed ali nguyen vik brekke skare vang tran smith jones brown miller wilson taylor king clark
    hall young wright scott green baker
    """
)

FIRST_NAMES = _set(
    """
    ane anne inger kari marit ingrid liv eva anna maria ida hilde berit nina marianne astrid bjørg kristin
    bente heidi randi silje solveig emma nora sofie elin tone gerd unni hanne line ingeborg wenche camilla
    julie linda mari sara tove ellen lise kristine marte karin maren elisabeth monica turid oda live siv
    åse ragnhild gunhild torunn frøydis jorunn aslaug gro sissel mona trine stine thea amalie vilde frida
    jenny karoline tuva hedda ingvild synnøve eli ole jan per kjell bjørn lars knut arne hans svein tor odd
    geir thomas terje john jon martin anders morten erik harald magnus kristian andreas fredrik marius rune
    trond stein leif einar sverre johan jens henrik emil jonas sander mathias tobias elias oskar jakob nils
    pål petter øyvind håkon eirik espen frode gunnar halvard ivar jørgen kåre kjetil lasse magne nikolai
    olav oddvar ottar ottar pål ragnar roar roger sigurd simen sindre stian tarjei tore torbjørn torstein
    ulf vegard vidar yngve åge arnfinn amund aksel brage dag egil even finn gaute inge james robert michael
    william david richard joseph charles chris daniel matthew george mark paul steven andrew edward brian
    kevin jason jeff ryan gary peter lucien dale frank scott eric stephen mary patricia jennifer elizabeth
    barbara susan jessica sarah karen nancy lisa betty margaret sandra ashley emily donna michelle carol
    amanda laura cynthia amy angela edith helen alice ruth rachel kate jane jack harry oliver grace sophie
    lucy hannah mai signe alfhild martha
    """
)
