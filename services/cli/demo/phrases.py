"""What the people of the demonstration's tickets say: tables of French phrases by trade, and towns. Pure data.

All persons, firms and numbers are made up; the telephone numbers are those kept free for fiction.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Trade(NamedTuple):
    """A kind of problem. `weight`: its share of the tickets. `hours`: until when a provider has to be there."""

    purpose: str
    """The ticket's call purpose."""
    weight: int
    hours: tuple[int, ...]
    providers: tuple[str, ...]
    """Names of the directory's providers of this trade."""
    requests: tuple[str, ...]
    natures: tuple[str, ...]
    """Natures of the breakdown, for closings."""
    reports: tuple[str, ...]


MULTI = "Multiservices Habitat"

TRADES: Sequence[Trade] = (
    Trade(
        "Plomberie / Fuite d'eau",
        20,
        (4, 4, 24),
        ("Plomberie des Quais", "Plomberie Martinet-Robin"),
        (
            "Fuite d'eau sous l'évier de la cuisine, le meuble est trempé.",
            "Dégât des eaux : l'eau coule du plafond de la salle de bains.",
            "Fuite sur la colonne montante, la cage d'escalier est inondée.",
            "Le robinet d'arrêt ne ferme plus et l'eau coule en continu.",
            "Plus d'eau chaude dans l'appartement depuis ce matin.",
            "Groupe de sécurité du ballon qui goutte fortement.",
            "Chasse d'eau bloquée, l'eau ne s'arrête plus.",
        ),
        ("Joint usé", "Canalisation percée", "Robinetterie défectueuse", "Flexible rompu"),
        (
            "Remplacement du joint et contrôle de l'étanchéité.",
            "Coupure de l'arrivée d'eau, réparation du tronçon percé, remise en eau.",
            "Flexible remplacé, plus de fuite constatée après essai.",
            "Recherche de fuite faite ; origine chez le voisin du dessus, réparée.",
        ),
    ),
    Trade(
        "Chauffage / Panne de chaudière",
        18,
        (8, 24, 24),
        ("Chauffage Raymond & Fils",),
        (
            "Chaudière collective à l'arrêt, aucun radiateur ne chauffe.",
            "Pas de chauffage dans les étages 3 à 6.",
            "La chaudière individuelle se met en défaut toutes les heures.",
            "Radiateurs tièdes, 16 °C dans le séjour, une personne âgée habite le logement.",
            "Bruit anormal du circulateur en chaufferie.",
            "Odeur de gaz près de la chaudière, alimentation coupée par le gardien.",
        ),
        ("Circulateur bloqué", "Défaut d'allumage", "Manque de pression", "Sonde défectueuse"),
        (
            "Réarmement du brûleur et remplacement de l'électrode d'allumage.",
            "Appoint d'eau et purge des radiateurs ; température normale au départ.",
            "Circulateur débloqué, remplacement à prévoir.",
            "Sonde extérieure remplacée, régulation vérifiée.",
        ),
    ),
    Trade(
        "Ascenseur / Panne",
        14,
        (2, 4),
        ("Ascenseurs Verticalia",),
        (
            "Ascenseur bloqué au 4e étage, personne à l'intérieur.",
            "Personne bloquée dans la cabine, elle est en contact avec le gardien.",
            "Les portes palières du rez-de-chaussée ne se ferment plus.",
            "L'ascenseur s'arrête entre deux étages puis repart.",
            "Éclairage de la cabine hors service.",
            "Bouton d'appel du 2e étage sans effet.",
        ),
        ("Contact de porte", "Carte de commande", "Câble détendu", "Défaut électrique"),
        (
            "Réglage du contact de porte, essais corrects sur tous les niveaux.",
            "Personne dégagée ; appareil remis en service après contrôle.",
            "Carte de commande remplacée.",
            "Appareil laissé à l'arrêt, pièce commandée.",
        ),
    ),
    Trade(
        "Électricité / Panne de courant",
        12,
        (4, 8, 24),
        ("Électricité Lumen",),
        (
            "Plus de courant dans les parties communes.",
            "Le disjoncteur général saute dès qu'il est réarmé.",
            "Éclairage de l'escalier B en panne, chutes à craindre.",
            "Prise qui a fondu dans la cuisine, odeur de brûlé.",
            "Interphone muet pour toute la résidence.",
            "Minuterie bloquée, la lumière reste allumée jour et nuit.",
        ),
        ("Défaut électrique", "Disjoncteur défectueux", "Court-circuit", "Alimentation coupée"),
        (
            "Disjoncteur différentiel remplacé, installation contrôlée.",
            "Court-circuit localisé dans une boîte de dérivation, réparé.",
            "Minuterie remplacée et éclairage vérifié à tous les étages.",
            "Panne du réseau public, signalée au distributeur.",
        ),
    ),
    Trade(
        "Serrurerie / Porte bloquée",
        10,
        (2, 4),
        ("Serrurerie de la Clef",),
        (
            "Clé cassée dans la serrure de la porte d'entrée.",
            "Porte du hall qui ne ferme plus, intrusions la nuit.",
            "Porte claquée, un enfant est seul dans le logement.",
            "Ventouse de la porte du hall hors service.",
            "Porte de cave forcée pendant la nuit.",
        ),
        ("Cylindre cassé", "Ferme-porte usé", "Effraction", "Ventouse hors service"),
        (
            "Cylindre remplacé, trois clés remises au gardien.",
            "Porte ouverte sans dégât.",
            "Ferme-porte réglé et ventouse remplacée.",
            "Mise en sécurité par une plaque, remplacement de la porte à deviser.",
        ),
    ),
    Trade(
        "Portail et porte de garage",
        7,
        (8, 24),
        ("Portes et Portails Sésame",),
        (
            "Portail du parking bloqué fermé, les résidents ne sortent plus.",
            "Porte de garage restée ouverte, accès libre au sous-sol.",
            "Les télécommandes n'ouvrent plus le portail depuis hier.",
            "Barrière levante heurtée par un véhicule.",
        ),
        ("Moteur en défaut", "Cellule encrassée", "Choc de véhicule"),
        (
            "Cellules nettoyées et fins de course réglées.",
            "Moteur débrayé, passage en manuel en attendant la pièce.",
            "Récepteur radio reprogrammé, essais avec trois télécommandes.",
        ),
    ),
    Trade(
        "Assainissement / Canalisation bouchée",
        6,
        (8, 24),
        ("Assainissement Hydroclair",),
        (
            "Canalisation bouchée, les eaux usées remontent dans la douche.",
            "Refoulement d'égout dans les caves.",
            "Regard de la cour qui déborde.",
            "WC bouchés dans trois logements de la même colonne.",
        ),
        ("Bouchon de lingettes", "Racines", "Pompe de relevage arrêtée"),
        (
            "Débouchage au furet, écoulement rétabli.",
            "Hydrocurage de la colonne sur 12 m.",
            "Pompe de relevage remise en marche, flotteur remplacé.",
        ),
    ),
    Trade(
        "Toiture / Infiltration",
        5,
        (24, 48),
        ("Toitures d'Ardoise",),
        (
            "Infiltration par la toiture après les fortes pluies.",
            "Gouttière arrachée par le vent, elle pend sur le trottoir.",
            "Tuiles tombées dans la cour, zone à baliser.",
        ),
        ("Tuiles déplacées", "Étanchéité dégradée", "Évacuation obstruée"),
        (
            "Bâchage provisoire, devis de réparation à venir.",
            "Tuiles remplacées et gouttière refixée.",
            "Évacuation des eaux pluviales dégagée.",
        ),
    ),
    Trade(
        "Froid commercial",
        4,
        (4, 8),
        ("Froid Dubrulle",),
        (
            "Vitrine réfrigérée à +9 °C, marchandises à déplacer.",
            "Chambre froide en alarme haute température.",
            "Meuble surgelé arrêté, givre sur l'évaporateur.",
        ),
        ("Manque de fluide", "Compresseur en défaut", "Défaut électrique"),
        (
            "Dégivrage forcé et remise en service, température conforme.",
            "Recherche de fuite et appoint de fluide.",
            "Réarmement du disjoncteur et contrôle des températures.",
        ),
    ),
    Trade(
        "Sécurité incendie / Alarme",
        4,
        (2, 4),
        ("Sécurité Incendie Vigile",),
        (
            "L'alarme incendie sonne sans fumée visible.",
            "Désenfumage de l'escalier ouvert et impossible à refermer.",
            "Centrale incendie en dérangement, voyant jaune fixe.",
        ),
        ("Détecteur encrassé", "Batterie en fin de vie", "Déclencheur brisé"),
        (
            "Détecteur remplacé et centrale réarmée.",
            "Batteries de la centrale changées.",
            "Déclencheur manuel remplacé, registre de sécurité complété.",
        ),
    ),
    Trade(
        "Vitrerie / Bris de glace",
        4,
        (4, 8),
        ("Vitrerie du Canal",),
        (
            "Vitre de la porte du hall brisée, éclats au sol.",
            "Fenêtre cassée au rez-de-chaussée, le logement n'est plus fermé.",
            "Vitrine fendue sur toute la hauteur.",
        ),
        ("Vandalisme", "Choc", "Châssis déformé"),
        ("Mise en sécurité par un panneau, vitrage commandé.", "Vitrage remplacé et éclats ramassés."),
    ),
    Trade(
        "Ventilation / VMC",
        3,
        (24, 48),
        ("Ventilation Bon Air",),
        ("VMC à l'arrêt, condensation dans les salles de bains.", "Bruit de caisson en toiture, surtout la nuit."),
        ("Courroie rompue", "Moteur en défaut"),
        ("Courroie du caisson remplacée.", "Caisson nettoyé et équilibré."),
    ),
    Trade(
        "Nuisibles",
        2,
        (48, 72),
        ("Hygiène Nuisistop",),
        ("Rats dans le local poubelles.", "Nid de guêpes au-dessus de l'entrée.", "Cafards dans plusieurs logements."),
        ("Infestation",),
        ("Appâts posés, second passage sous quinze jours.", "Nid détruit."),
    ),
)

TOWNS: Mapping[str, Sequence[tuple[str, str]]] = {
    "Agence du Nord": (("59200", "Tourcoing"), ("59100", "Roubaix"), ("59000", "Lille"), ("62300", "Lens")),
    "Agence de Paris": (("75010", "Paris"), ("93100", "Montreuil"), ("92110", "Clichy"), ("94200", "Ivry-sur-Seine")),
    "Agence de Lyon": (("69003", "Lyon"), ("69100", "Villeurbanne"), ("42000", "Saint-Étienne")),
    "Agence de Marseille": (("13002", "Marseille"), ("13100", "Aix-en-Provence"), ("83000", "Toulon")),
    "Agence de Nantes": (("44000", "Nantes"), ("44600", "Saint-Nazaire"), ("49000", "Angers")),
    "Agence de Strasbourg": (("67000", "Strasbourg"), ("68100", "Mulhouse")),
}
"""Postal codes and towns of each agency of the directory, by its label."""
STREETS = (
    *("rue de Gand", "rue des Lilas", "avenue de la Gare", "boulevard Voltaire", "rue du Moulin", "place du Marché"),
    *("rue Pasteur", "quai des Tanneurs", "allée des Peupliers", "rue de l'Église", "impasse des Forges"),
)
FIRST_NAMES = {
    "Female": ("Camille", "Léa", "Sophie", "Nathalie", "Yasmine", "Chloé", "Aïcha", "Odile"),
    "Male": ("Julien", "Karim", "Thomas", "Olivier", "Mehdi", "Gérard", "Antoine", "Lucas"),
}
LAST_NAMES = (
    *("Lefèvre", "Moreau", "Carpentier", "Benali", "Dumoulin", "Roussel", "Kerbrat", "Da Costa", "Vidal", "Schneider"),
    *("Fontaine", "Delmas", "N'Diaye", "Perrin", "Baudouin", "Tessier"),
)
ACCESS = (
    "Digicode 4 chiffres à demander au gardien.",
    "Clés de la chaufferie à la loge.",
    "Appeler l'occupant trente minutes avant l'arrivée.",
    "Accès par la cour, portail de droite.",
    "Chien dans le logement, sonner avant d'entrer.",
)
MESSAGES = (
    "Le locataire rappelle : la situation est inchangée.",
    "Le gardien confirme la présence de l'occupant cet après-midi.",
    "Photos reçues par courriel et ajoutées au dossier.",
    "L'agence demande une priorité pour ce dossier.",
    "Le syndic est informé de l'avancement.",
    "Pièce commandée, livraison annoncée sous 48 heures.",
    "Le technicien demande l'accès au local technique.",
    "Rendez-vous confirmé auprès de l'occupant.",
    "Personne sur place au premier passage, avis laissé dans la boîte aux lettres.",
    "Devis transmis à l'agence pour accord.",
    "Accord de l'agence reçu, le prestataire est prévenu.",
    "Le voisin du dessous signale le même problème.",
    "Ne pas rappeler après 20 heures, merci.",
    "L'occupant remercie pour la rapidité de l'intervention.",
)
CALL_COMMENTS = (
    "Demande d'intervention en urgence.",
    "Transmission du dossier au technicien d'astreinte.",
    "Message laissé sur le répondeur.",
    "Demande de délai d'arrivée.",
)
CALL_PURPOSES = ("Relance", "Précision sur la panne", "Demande de délai", "Confirmation de présence")
ACCEPTED = ("Arrivée prévue dans l'heure.", "Technicien en route.", "Passage en fin de tournée.", "")
REFUSED = (
    "Aucun technicien disponible avant demain.",
    "Hors du secteur d'intervention.",
    "Matériel que nous n'entretenons pas.",
)
ASSIGNED = ("Prestataire sous contrat", "De garde", "Le plus proche du site")
CHANGED = ("Premier prestataire indisponible.", "Changement demandé par l'agence.")
RESULTS = ("Réparé", "Réparation constatée par l'occupant", "Remis en service")
CANCELLED = ("Rétabli avant l'intervention.", "Double d'un dossier en cours.", "Appel annulé par l'occupant.")
BEYOND = (
    "Relève du distributeur d'énergie.",
    "Travaux à la charge du locataire.",
    "Question de loyer.",
)
UNREACHED = ("Quatre appels sans réponse, répondeur plein.", "Astreinte injoignable, agence prévenue.")
ARCHIVED = ("Dossier traité par l'agence.", "Sans nouvelle depuis deux semaines.")
REOPENED = ("La panne est revenue.", "Réparation incomplète selon l'occupant.", "Fuite réapparue au même endroit.")
TRIALS = (("SMS-1", "SMS d'information envoyé à l'occupant"), ("MAIL-2", "Compte rendu envoyé à l'agence"))
