"""Ida y vuelta con el LMS: notas para Moodle y Canvas, entregas desde sus zips y parecido entre entregas."""
