"""Stems: the forms of one word meet, different words stay apart, names and loans stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.language.stems import english_stem, known, spoken_root, stem

FAMILIES = {
    "tari": "tari menari penari tarian tari-tarian",
    "kerja": "kerja bekerja pekerjaan pengerjaan mengerjakan dikerjakan kerjakan",
    "film": "film filmnya perfilman memfilmkan difilmkan film-film filmlah",
    "perintah": "perintah memerintah memerintahkan diperintahkan perintahkan",
    "pemerintah": "pemerintah pemerintahan pemerintahlah",
    "bakar": "bakar membakar dibakar terbakar kebakaran pembakaran",
    "ubah": "ubah mengubah diubah perubahan pengubahan",
    "usir": "usir mengusir diusir pengusiran",
    "umum": "umum mengumumkan diumumkan pengumuman umumkan umumnya",
    "temu": "temu bertemu pertemuan ditemui menemui mempertemukan ditemukan menemukan temuan",
    "uang": "uang keuangan uangnya",
    "adil": "adil keadilan peradilan diadili mengadili",
    "pengadilan": "pengadilan",
    "putus": "putus memutuskan diputuskan putusan keputusan terputus",
    "tangkap": "tangkap menangkap ditangkap penangkapan tertangkap",
    "bunuh": "bunuh membunuh dibunuh pembunuhan pembunuh terbunuh",
    "curi": "curi mencuri dicuri pencuri pencurian",
    "sapu": "sapu menyapu penyapu",
    "siar": "siar menyiarkan disiarkan siaran penyiaran penyiar",
    "tayang": "tayang menayangkan ditayangkan tayangan penayangan",
    "tonton": "tonton menonton penonton tontonan ditonton nonton",
    "bintang": "bintang membintangi dibintangi bintangnya",
    "peran": "peran pemeran berperan memerankan diperankan",
    "sutradara": "sutradara menyutradarai disutradarai penyutradaraan",
    "produksi": "produksi memproduksi diproduksi produksinya",
    "luas": "luas meluas memperluas perluasan diperluas",
    "kuat": "kuat memperkuat diperkuat penguatan kekuatan menguat terkuat",
    "kembang": "kembang mengembangkan pengembangan berkembang perkembangan dikembangkan",
    "bangun": "bangun membangun pembangunan dibangun bangunan terbangun",
    "ajar": "ajar belajar pelajaran pembelajaran mengajar pengajar diajarkan mempelajari",
    "urus": "urus mengurus pengurus urusan diurus",
    "kurus": "kurus",
    "nyanyi": "nyanyi menyanyi penyanyi nyanyian bernyanyi",
    "kata": "kata mengatakan dikatakan katanya perkataan",
    "beri": "beri memberi memberikan diberikan pemberian",
    "berita": "berita pemberitaan memberitakan diberitakan",
    "kembali": "kembali mengembalikan pengembalian dikembalikan",
    "keluar": "keluar mengeluarkan dikeluarkan pengeluaran",
    "selidik": "selidik menyelidiki diselidiki penyelidikan",
    "teliti": "teliti meneliti peneliti penelitian diteliti",
    "wawancara": "wawancara mewawancarai diwawancarai",
    "bondong": "berbondong-bondong",
    "kejar": "kejar mengejar kejar-mengejar dikejar",
    "anak": "anak anaknya anak-anak anakku anakmu",
    "blokir": "blokir memblokir diblokir pemblokiran",
    "tutup": "tutup menutup ditutup penutupan tertutup",
    "lapor": "lapor melapor melaporkan dilaporkan laporan pelaporan",
}
_WHOLE = """sineas berlin kenya diana persib persija dinamis dimensi dividen digital distrik diplomat terminal menteri
perempuan penduduk penyakit selatan keluarga sungai pantai partai pegawai nilai kami kamu ilmu tamu bisnis kampus
bulan hutan ikan jalan makan teman taman medan pangan pasukan perang film ai as di ke"""
WHOLE = _WHOLE.split()


@pytest.mark.parametrize(("root", "form"), [(root, form) for root, forms in FAMILIES.items() for form in forms.split()])
def test_the_forms_of_a_word_meet_in_its_root(root, form):
    assert stem(form, "id") == root


def test_the_tables_hold_at_least_150_words():
    assert sum(len(forms.split()) for forms in FAMILIES.values()) + len(WHOLE) >= 150


@pytest.mark.parametrize("word", WHOLE)
def test_names_loans_and_short_words_stay_whole(word):
    assert stem(word, "id") == word


@pytest.mark.parametrize(
    ("form", "other"), [("memviralkan", "diviralkan"), ("mengeklaim", "mengklaim"), ("membranding", "branding")]
)
def test_forms_of_a_word_that_no_list_knows_meet_as_well(form, other):
    assert stem(form, "id") == stem(other, "id")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pemerintah", "perintah"),
        ("pengadilan", "adil"),
        ("kanan", "tekanan"),
        ("cukai", "menyukai"),
        ("berhenti", "henti"),
    ],
)
def test_words_that_only_look_alike_stay_apart(one, other):
    assert stem(one, "id") != stem(other, "id")


@pytest.mark.parametrize(("form", "root"), [("movies", "movi"), ("signed", "sign"), ("companies", "compani")])
def test_english_is_snowballs(form, root):
    assert stem(form, "en") == english_stem(form) == root


def test_known_tells_roots_and_exceptions_from_the_rest():
    assert known("tari")
    assert known("belajar")
    assert not known("kocca")


@given(st.text(st.characters(categories=["Ll"]), max_size=40))
def test_any_word_has_a_stem_no_longer_than_itself_and_a_second_look_changes_nothing_known(word):
    found = stem(word, "id")
    assert bool(found) == bool(word)
    if known(found):
        assert stem(found, "id") in {found, stem(stem(found, "id"), "id")}


@pytest.mark.parametrize(
    ("said", "root"),
    [
        ("nyelundupin", "selundup"),
        ("beliin", "beli"),
        ("ketangkep", "tangkap"),
        ("digerebek", "gerebek"),
        ("seneng", "senang"),
        ("telor", "telur"),
        ("belom", "belum"),
    ],
)
def test_spoken_words_have_the_root_that_they_are_meant_to_have(said: str, root: str) -> None:
    assert spoken_root(said) == root or stem(said, "id") == root


@pytest.mark.parametrize("word", ["robin", "martin", "benjamin", "berlin", "google", "wagner", "telur", "beli"])
def test_names_and_written_words_are_not_taken_for_spoken_ones(word: str) -> None:
    assert spoken_root(word) == ""
